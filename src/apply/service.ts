// Task kind service: a service is told about its new files, and proves that it serves them.
// In: a ServiceTask. Out: an Outcome; on failure what hangs together with it is put back if the play wants that.
import type { Address } from '../model/address.ts'
import { HostError } from '../model/host.ts'
import type { ServiceTask } from '../model/plan.ts'
import {
  type InstalledTransaction,
  noteFailure,
  type Run,
  refusal,
  requireHost,
  type TaskOutcome,
} from './context.ts'
import { type Proof, proveService } from './prove.ts'
import { poolProver } from './prove-pool.ts'
import { rollBack } from './rollback.ts'
import { noteVerified, tellAndProve } from './tell.ts'

export async function applyService(
  run: Run,
  task: ServiceTask,
  neighbours: readonly ServiceTask[],
  update: Update = updateAndProve,
): Promise<TaskOutcome[]> {
  const base = { address: task.address, host: task.host }
  if (run.lost.has(task.host))
    return [{ ...base, status: 'skipped', detail: 'not reached: its host was lost' }]
  const proof = await attempt(run, task, update)
  if (run.lost.has(task.host)) return [{ ...base, status: 'lost', detail: proof.detail }]
  if (proof.proved) return [{ ...base, status: 'done', detail: proof.detail }]
  noteFailure(run, task.host, 'service', `${task.name}: ${proof.detail}`)
  const failed: TaskOutcome = { ...base, status: 'failed', detail: proof.detail }
  const installed = run.installed.get(task.host)
  const going = task.goesBack.filter((address) => run.standing.has(address))
  // Nothing of this run is there that could be put back.
  if (!installed || going.length === 0) return [failed]
  const why = findObstacle(task, installed, going)
  if (why === undefined) return [failed, ...(await rollBack(run, { task, neighbours, installed, going }))]
  run.kept.set(task.host, why)
  return [{ ...failed, detail: `${proof.detail}; not rolled back: ${why}` }]
}

/** Why the old files are not put back; undefined: they are to be. */
function findObstacle(
  { onFailure }: ServiceTask,
  { unfit, final }: InstalledTransaction,
  going: readonly Address[],
): string | undefined {
  if (final !== undefined) return final
  const worse = unfit.filter(({ address }) => going.includes(address)).map(({ why }) => why)
  if (worse.length > 0) return `what was there before is no better (${worse.join(', ')})`
  return onFailure === 'keep' ? 'on_failure is keep' : undefined
}

/** How a service comes to its proof. */
export type Update = (run: Run, task: ServiceTask) => Promise<Proof>

export async function updateAndProve(run: Run, task: ServiceTask): Promise<Proof> {
  if (task.action !== 'verify') return tellAndProve(run, task, task.action)
  const host = requireHost(run, task.host)
  const proof = await proveService(host, task, run.at, poolProver(run, task))
  if (proof.proved) await noteVerified(host, task)
  return proof
}

async function attempt(run: Run, task: ServiceTask, update: Update): Promise<Proof> {
  try {
    return await update(run, task)
  } catch (error) {
    const detail = refusal(run, task.host, error)
    return { proved: false, detail: isUnreachable(error) ? noteLost(run, task, detail) : detail }
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof HostError && error.unreachable
}

/** Nobody knows how it goes on there, and nothing is claimed: what it was told to is written down on the host. */
function noteLost(run: Run, { action, name, host, address }: ServiceTask, detail: string): string {
  run.lost.add(host)
  const unknown = run.told.has(address) ? `what became of the ${action} is not known` : 'it was told nothing'
  noteFailure(run, host, 'service', `${name}: ${detail}`)
  return `${detail}; ${unknown}`
}
