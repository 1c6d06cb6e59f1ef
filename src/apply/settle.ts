// One task of the walk: what it throws is its host's failure, what becomes of it is written down and told.
import { HostError } from '../model/host.ts'
import type { Plan, Task } from '../model/plan.ts'
import type { Outcome } from '../model/result.ts'
import { noteFailure, type Run, refusal, type TaskOutcome } from './context.ts'
import { recordTask } from './record.ts'

/** Whatever a task throws is its host's failure. */
function fail(run: Run, task: Task, error: unknown): TaskOutcome[] {
  const { host } = task
  const detail = refusal(run, host, error)
  const addresses = 'addresses' in task ? task.addresses : 'address' in task ? [task.address] : []
  noteFailure(run, host, task.kind === 'service' ? 'service' : 'renewal', detail)
  if (error instanceof HostError && error.unreachable) run.lost.add(host)
  return addresses.map((address) => ({ address, host, status: 'failed', detail }))
}

/** Runs a task, unless the run has been stopped, writes down what became of it, and tells the progress. */
export async function settle(
  run: Run,
  plan: Plan,
  task: Task,
  work: () => Promise<TaskOutcome[]>,
): Promise<Outcome[]> {
  return run.signal.aborted ? [] : settleBegun(run, plan, task, work)
}

/** What has been begun is finished. */
export async function settleBegun(
  run: Run,
  plan: Plan,
  task: Task,
  work: () => Promise<TaskOutcome[]>,
): Promise<Outcome[]> {
  const done = await work().catch((error: unknown) => fail(run, task, error))
  const found = done.map((outcome): Outcome => {
    const change = plan.changes.find(({ address }) => address === outcome.address)
    return { ...outcome, action: change?.action ?? (task.kind === 'service' ? 'verify' : 'update') }
  })
  await recordTask(run, plan, task, found)
  run.progress.finish(task, found)
  return found
}
