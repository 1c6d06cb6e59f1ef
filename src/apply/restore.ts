// Task kind restore: an old generation of a host comes back, in a transaction of its own.
// In: a RestoreTask. Out: files as they were, or nothing changed; an Outcome an address.
import type { RestoreTask } from '../model/plan.ts'
import { openPairs, type Run, requireHost, type TaskOutcome } from './context.ts'
import { attempt, describeInstalled, installStatuses, noteInstalled } from './installed.ts'

export async function applyRestore(run: Run, task: RestoreTask): Promise<TaskOutcome[]> {
  const { host, generation } = task
  const id = `${run.runId}-back`
  const result = await attempt(run, host, async () =>
    requireHost(run, host).restore({ generation, id, pairs: await openPairs(run, task.pairs) }),
  )
  noteInstalled(run, host, result)
  if (result.kind === 'installed') {
    for (const address of task.addresses) run.standing.set(address, [])
    run.installed.set(host, {
      transactionId: id,
      returns: 0,
      final: 'this run is a way back itself',
      unfit: [],
      pairs: [],
    })
  }
  const detail = result.kind === 'installed' ? `as before ${generation}` : describeInstalled(result)
  return task.addresses.map((address) => ({ address, host, status: installStatuses[result.kind], detail }))
}
