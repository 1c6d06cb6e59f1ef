// Services of all hosts are told together, and proved afterwards: a member of a cluster is not back before the others are.
// In: the ServiceTasks of a batch without an overlap. Out: their Outcomes. Nothing is put back: nobody accepts the old files.
import type { Plan, ServiceTask } from '../model/plan.ts'
import type { Outcome } from '../model/result.ts'
import type { Run } from './context.ts'
import { applyService, type Update, updateAndProve } from './service.ts'
import { settleBegun } from './settle.ts'
import { reasonToSkip, skip } from './skip.ts'
import { proveTold, type Told, tell } from './tell.ts'

export async function tellAllAtOnce(run: Run, plan: Plan, tasks: readonly ServiceTask[]): Promise<Outcome[]> {
  const byHost = [...new Set(tasks.map(({ host }) => host))].map((host) =>
    tasks.filter((task) => task.host === host),
  )
  run.progress.begin(tasks)
  const told = (await Promise.all(byHost.map((own) => tellInOrder(run, plan, own)))).flat()
  const proved = await Promise.all(byHost.map((own) => proveInOrder(run, plan, own, new Map(told))))
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
