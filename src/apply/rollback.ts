import type { ServiceTask } from '../model/plan.ts'
import {
  type InstalledTransaction,
  noteFailure,
  openPairs,
  type Run,
  refusal,
  requireHost,
  TaskError,
  type TaskOutcome,
} from './context.ts'
import { proveService } from './prove.ts'
import { tellAndProve } from './tell.ts'

/**
 * Puts the old generation of a host back, and its services with it. A service that runs and serves the old
 * generation already is left in peace; one that does not is restarted and has to prove itself.
 */
export async function rollBack(
  run: Run,
  tasks: readonly ServiceTask[],
  { transactionId, pairs }: InstalledTransaction,
): Promise<TaskOutcome[]> {
  const [first] = tasks
  if (!first) return []
  const name = first.host
  try {
    const host = requireHost(run, name)
    const restored = await host.restore({
      generation: transactionId,
      id: `${transactionId}-back`,
      pairs: await openPairs(run, pairs),
    })
    if (restored.kind !== 'installed') throw new TaskError(restored.detail)
    run.installed.delete(name)
    run.rolledBack.add(name)
    const outcomes = []
    for (const task of tasks) outcomes.push(await settle(run, task))
    return outcomes
  } catch (error) {
    run.needsHuman.add(name)
    const why = `the old generation could not be put back: ${refusal(run, name, error)}`
    run.kept.set(name, why)
    const detail = `${why}; it is kept: certwright rollback PLAYBOOK ${name} ${transactionId}`
    noteFailure(run, name, 'service', detail)
    return [{ address: first.address, host: name, status: 'failed', detail }]
  }
}

async function settle(run: Run, task: ServiceTask): Promise<TaskOutcome> {
  const host = requireHost(run, task.host)
  const base = { address: task.address, host: task.host }
  const still = await proveService(host, task, run.at)
  const proof =
    still.proved || task.action === 'verify' ? still : await tellAndProve(host, task, task.action, run.at)
  if (proof.proved)
    return { ...base, status: 'rolled-back', detail: `old generation restored; ${proof.detail}` }
  run.needsHuman.add(task.host)
  noteFailure(run, task.host, 'service', `${task.name} after the rollback: ${proof.detail}`)
  return { ...base, status: 'failed', detail: `old generation restored, and still: ${proof.detail}` }
}
