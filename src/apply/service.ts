// Task kind service: a service is told about its new files, and proves that it serves them.
// In: a ServiceTask. Out: an Outcome; on failure the old generation is put back if the play wants that.
import type { CommandOutcome, Host } from '../model/host.ts'
import type { ServiceTask } from '../model/plan.ts'
import { updateService } from '../services/services.ts'
import { formatStamp, stampPath } from '../services/stamp.ts'
import { noteFailure, type Run, refusal, requireHost, type TaskOutcome } from './context.ts'
import { type Proof, proveService } from './prove.ts'
import { rollBack } from './rollback.ts'

export async function applyService(
  run: Run,
  task: ServiceTask,
  earlier: readonly ServiceTask[],
): Promise<TaskOutcome[]> {
  const base = { address: task.address, host: task.host }
  const proof = await updateAndProve(run, task)
  if (proof.proved) return [{ ...base, status: 'done', detail: proof.detail }]
  noteFailure(run, task.host, 'service', `${task.name}: ${proof.detail}`)
  const failed: TaskOutcome = { ...base, status: 'failed', detail: proof.detail }
  const installed = run.installed.get(task.host)
  if (task.onFailure === 'keep' || !installed?.restorable) return [failed]
  return [failed, ...(await rollBack(run, [...earlier, task], installed.transactionId))]
}

async function updateAndProve(run: Run, task: ServiceTask): Promise<Proof> {
  try {
    const host = requireHost(run, task.host)
    if (task.action === 'verify') return await proveService(host, task)
    return await tellAndProve(host, task, task.action)
  } catch (error) {
    return { proved: false, detail: refusal(error) }
  }
}

/** Restart or reload, wait for the proof, and remember when: the stamp is what a manager without a start time is judged by. */
export async function tellAndProve(
  host: Host,
  task: ServiceTask,
  action: 'restart' | 'reload',
): Promise<Proof> {
  const command = updateService(task.manager, action)
  if (!command) return { proved: false, detail: `its manager knows no ${action}` }
  const toldMs = Date.now()
  const outcome = await host.run(command)
  if (outcome.kind !== 'exited' || outcome.exitCode !== 0)
    return { proved: false, detail: `${action} failed: ${describeOutcome(command.argv[0], outcome)}` }
  const proof = await proveService(host, task, action === 'restart' ? toldMs : undefined)
  if (proof.proved) await host.writeState(stampPath(task.name), formatStamp(new Date()))
  return proof
}

function describeOutcome(program: string, { kind, exitCode, stderr }: CommandOutcome): string {
  if (kind === 'missing') return `there is no ${program}`
  if (kind === 'timed-out') return `${program} did not finish in time`
  const said = stderr.trim().split('\n').at(-1) ?? ''
  const status = exitCode === undefined ? `${program} was killed` : `${program} exited with ${exitCode}`
  return said ? `${status}: ${said.slice(0, 200)}` : status
}
