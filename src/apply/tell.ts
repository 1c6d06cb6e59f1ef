// How a service is told, and what is written down of that: whatever stops it in the middle, the debt stays.
import type { ManagerFact } from '../model/actual.ts'
import { type CommandOutcome, type Host, nothing } from '../model/host.ts'
import type { ServiceTask } from '../model/plan.ts'
import { askService, parseService, updateService } from '../services/services.ts'
import { formatStamp, parseStamp, type Stamp, stampPath } from '../services/stamp.ts'
import { type Run, requireHost, type Telling } from './context.ts'
import { clockGranularityMs, type Proof, proveService } from './prove.ts'
import { poolProver } from './prove-pool.ts'
import { longAgoMs } from './stamps.ts'

/**
 * Restart or reload, and wait for the proof. That it is told is written down before it is, and that it has proved itself
 * afterwards: in between, and if that never comes, it owes the telling.
 */
export async function tellAndProve(
  run: Run,
  task: ServiceTask,
  action: 'restart' | 'reload',
): Promise<Proof> {
  return proveTold(run, task, action, await tell(run, task, action))
}

/** When, by the host's clock; or why it was not. */
export type Told = { readonly ms: number } | Extract<Proof, { proved: false }>

export async function tell(run: Run, task: ServiceTask, action: 'restart' | 'reload'): Promise<Told> {
  const host = requireHost(run, task.host)
  const { state, clockMs, stamp } = await ask(host, task)
  const command = updateService(task.manager, action, state)
  if (!command) return { proved: false, detail: `its manager knows no ${action}` }
  await writeStamp(host, task, { ...stamp, begun: { action, ms: clockMs } })
  run.told.set(task.address, { ms: clockMs, before: stamp })
  const outcome = await host.run(command)
  if (outcome.kind === 'missing') {
    run.told.delete(task.address)
    await writeStamp(host, task, stamp)
  }
  if (outcome.kind !== 'exited' || outcome.exitCode !== 0) {
    const refused = !isDown((await ask(host, task)).state)
    const detail = `${action} failed: ${describeOutcome(command.argv[0], outcome)}${refused ? '' : '; it is not running'}`
    return { proved: false, detail, refused }
  }
  return { ms: clockMs }
}

export async function proveTold(
  run: Run,
  task: ServiceTask,
  action: 'restart' | 'reload',
  told: Told,
): Promise<Proof> {
  if (!('ms' in told)) return told
  const host = requireHost(run, task.host)
  const since = action === 'restart' ? { notBeforeMs: told.ms } : {}
  const proof = await proveService(host, task, run.at, { ...since, ...poolProver(run, task) })
  if (proof.proved) await noteProved(host, task)
  return proof
}

/** Nothing is owed: it has taken up what is on disk now. */
export async function noteProved(host: Host, task: ServiceTask): Promise<void> {
  const { clockMs } = await host.gather(nothing)
  await writeStamp(host, task, { ms: clockMs })
}

/** A proof without a telling settles one that was begun in an earlier run. */
export async function noteVerified(host: Host, task: ServiceTask): Promise<void> {
  const { clockMs, stamp } = await ask(host, task)
  if (stamp.begun) await writeStamp(host, task, { ms: clockMs })
}

/** It is about to be told: what it has taken up so far is worth nothing any more. */
export async function noteBegun(host: Host, task: ServiceTask, action: 'restart' | 'reload'): Promise<void> {
  const { clockMs, stamp } = await ask(host, task)
  await writeStamp(host, task, { ...stamp, begun: { action, ms: clockMs } })
}

async function writeStamp(host: Host, { name }: ServiceTask, stamp: Stamp): Promise<void> {
  await host.writeState(stampPath(name), formatStamp(stamp))
}

/**
 * It runs, and started before it was told to restart: whatever that came to, it has taken up nothing since. What it owed
 * before it owes still, and is written down again.
 */
export async function settleUntouched(
  host: Host,
  task: ServiceTask,
  { ms, before }: Telling,
): Promise<boolean> {
  if (task.action !== 'restart') return false
  const { state, startedMs } = await ask(host, task)
  const isOld = state === 'active' && startedMs !== undefined && startedMs + clockGranularityMs < ms
  if (isOld) await writeStamp(host, task, before)
  return isOld
}

interface Asked extends Pick<ManagerFact, 'state' | 'startedMs'> {
  readonly clockMs: number
  readonly stamp: Stamp
}

/** When services started is told by the host's own clock, and so must be when they were told to. */
async function ask(host: Host, { manager, name }: ServiceTask): Promise<Asked> {
  const { commands, clockMs, texts } = await host.gather({
    ...nothing,
    commands: askService(manager),
    texts: [stampPath(name)],
  })
  const [found] = texts
  const stamp = found?.kind === 'text' ? parseStamp(found.text) : undefined
  return { ...parseService(manager, commands, clockMs), clockMs, stamp: stamp ?? { ms: longAgoMs } }
}

function isDown(state: ManagerFact['state']): boolean {
  return state === 'inactive' || state === 'failed'
}

function describeOutcome(program: string, { kind, exitCode, stderr }: CommandOutcome): string {
  if (kind === 'missing') return `there is no ${program}`
  if (kind === 'timed-out') return `${program} did not finish in time`
  const said = stderr.trim().split('\n').at(-1) ?? ''
  const status = exitCode === undefined ? `${program} was killed` : `${program} exited with ${exitCode}`
  return said ? `${status}: ${said.slice(0, 200)}` : status
}
