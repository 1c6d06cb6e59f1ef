import type { ManagerFact } from '../model/actual.ts'
import { type CommandOutcome, type Host, nothing } from '../model/host.ts'
import type { ServiceTask } from '../model/plan.ts'
import { askService, parseService, updateService } from '../services/services.ts'
import { formatStamp, stampPath } from '../services/stamp.ts'
import { type Proof, proveService } from './prove.ts'

/** Restart or reload, wait for the proof, and remember when: the stamp is what a manager without a start time is judged by. */
export async function tellAndProve(
  host: Host,
  task: ServiceTask,
  action: 'restart' | 'reload',
  at: string,
): Promise<Proof> {
  const { state, toldMs } = await ask(host, task)
  const command = updateService(task.manager, action, state)
  if (!command) return { proved: false, detail: `its manager knows no ${action}` }
  const outcome = await host.run(command)
  if (outcome.kind !== 'exited' || outcome.exitCode !== 0)
    return { proved: false, detail: `${action} failed: ${describeOutcome(command.argv[0], outcome)}` }
  const proof = await proveService(host, task, at, action === 'restart' ? toldMs : undefined)
  if (proof.proved)
    await host.writeState(stampPath(task.name), formatStamp(new Date((await host.gather(nothing)).clockMs)))
  return proof
}

/** When services started is told by the host's own clock, and so must be when they were told to. */
async function ask(
  host: Host,
  { manager }: ServiceTask,
): Promise<{ state: ManagerFact['state']; toldMs: number }> {
  const { commands, clockMs } = await host.gather({ ...nothing, commands: askService(manager) })
  return { state: parseService(manager, commands, clockMs).state, toldMs: clockMs }
}

function describeOutcome(program: string, { kind, exitCode, stderr }: CommandOutcome): string {
  if (kind === 'missing') return `there is no ${program}`
  if (kind === 'timed-out') return `${program} did not finish in time`
  const said = stderr.trim().split('\n').at(-1) ?? ''
  const status = exitCode === undefined ? `${program} was killed` : `${program} exited with ${exitCode}`
  return said ? `${status}: ${said.slice(0, 200)}` : status
}
