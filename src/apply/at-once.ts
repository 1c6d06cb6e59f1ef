// Services of all hosts are told together, and proved afterwards: a member of a cluster is not back before the others are.
// In: the ServiceTasks of a batch without an overlap. Out: their Outcomes. Nothing is put back: nobody accepts the old files.
import { setTimeout } from 'node:timers/promises'
import type { Plan, PlannedBatch, ServiceTask } from '../model/plan.ts'
import type { Outcome } from '../model/result.ts'
import type { Run } from './context.ts'
import { applyService, type Update, updateAndProve } from './service.ts'
import { settleBegun } from './settle.ts'
import { reasonToSkip, skip } from './skip.ts'
import { proveTold, type Told, tell } from './tell.ts'

/**
 * How long one that leads is told after the others, at most. etcd's leader hands over before it stops; to one that stops in
 * the same moment it tries for seven seconds, and where it sees nobody any more it does not try.
 */
const headStartMs = 2000

export async function tellAllAtOnce(
  run: Run,
  plan: Plan,
  tasks: readonly ServiceTask[],
  { leaders }: NonNullable<PlannedBatch['atOnce']>,
): Promise<Outcome[]> {
  const hosts = [...new Set(tasks.map(({ host }) => host))]
  const tasksOf = (host: string) => tasks.filter((task) => task.host === host)
  const tellThose = (some: readonly string[]) =>
    Promise.all(some.map((host) => tellInOrder(run, plan, tasksOf(host))))
  run.progress.begin(tasks)
  const others = tellThose(hosts.filter((host) => !leaders.includes(host)))
  const last = hosts.filter((host) => leaders.includes(host))
  // A cluster of two comes back only when both do: nothing is waited for until it is over.
  if (last.length > 0) await Promise.race([others, setTimeout(headStartMs, undefined, { ref: false })])
  const told = new Map((await Promise.all([others, tellThose(last)])).flat(2))
  const proved = await Promise.all(hosts.map((host) => proveInOrder(run, plan, tasksOf(host), told)))
  return proved.flat()
}

/** What becomes of it once it has been told, or why it is not. */
type Sequel = Update | string

async function tellInOrder(
  run: Run,
  plan: Plan,
  tasks: readonly ServiceTask[],
): Promise<(readonly [ServiceTask, Sequel])[]> {
  const sequels: (readonly [ServiceTask, Sequel])[] = []
  for (const task of tasks) {
    const skipped = reasonToSkip(run, plan, task, { failed: [], before: undefined })
    sequels.push([task, skipped ?? (await tellOne(run, task))])
  }
  return sequels
}

async function tellOne(run: Run, task: ServiceTask): Promise<Update> {
  const { action } = task
  if (action === 'verify') return updateAndProve
  if (run.signal.aborted)
    return async () => ({ proved: false, detail: 'the run was stopped before it was told' })
  try {
    const told: Told = await tell(run, task, action)
    return async () => proveTold(run, task, action, told)
  } catch (error) {
    return () => Promise.reject(error)
  }
}

async function proveInOrder(
  run: Run,
  plan: Plan,
  tasks: readonly ServiceTask[],
  sequels: ReadonlyMap<ServiceTask, Sequel>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const task of tasks) {
    const sequel = sequels.get(task) ?? updateAndProve
    const work = async () =>
      typeof sequel === 'string' ? [skip(task, sequel)] : applyService(run, task, [], sequel)
    outcomes.push(...(await settleBegun(run, plan, task, work)))
  }
  return outcomes
}
