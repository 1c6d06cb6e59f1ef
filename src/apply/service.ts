// Task kind service: a service is told about its new files, and proves that it serves them.
// In: a ServiceTask. Out: an Outcome; on failure the old generation is put back if the play wants that.
import type { ServiceTask } from '../model/plan.ts'
import { noteFailure, type Run, refusal, requireHost, type TaskOutcome } from './context.ts'
import { type Proof, proveService } from './prove.ts'
import { rollBack } from './rollback.ts'
import { tellAndProve } from './tell.ts'

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
  return [failed, ...(await rollBack(run, [...earlier, task], installed))]
}

async function updateAndProve(run: Run, task: ServiceTask): Promise<Proof> {
  try {
    const host = requireHost(run, task.host)
    if (task.action === 'verify') return await proveService(host, task, run.at)
    return await tellAndProve(host, task, task.action, run.at)
  } catch (error) {
    return { proved: false, detail: refusal(run, task.host, error) }
  }
}
