import type { ManagerFact } from '../model/actual.ts'
import type { ServiceManager } from '../model/desired.ts'
import type { Command, CommandOutcome } from '../model/host.ts'

type CommandManager = Extract<ServiceManager, { kind: 'command' }>

/** `is_active` first, then `uptime`, each where the policy has it. */
export function askCommand({ isActive, uptime, timeoutSeconds }: CommandManager): Command[] {
  return [isActive, uptime].flatMap((argv) => (argv ? [{ argv, timeoutMs: timeoutSeconds * 1000 }] : []))
}

export function updateCommand(manager: CommandManager, action: 'restart' | 'reload'): Command | undefined {
  const argv = action === 'restart' ? manager.restart : manager.reload
  return argv && { argv, timeoutMs: manager.timeoutSeconds * 1000 }
}

/** Exit status 0 of `is_active` means active, any other inactive; a program that is not there or hangs says neither. */
export function parseCommand(
  { isActive, uptime }: CommandManager,
  outcomes: readonly CommandOutcome[],
  clockMs: number,
): ManagerFact {
  const active = isActive ? outcomes[0] : undefined
  if (isActive && active?.kind !== 'exited')
    return { state: 'unknown', detail: `${isActive[0]}: ${describe(active?.kind)}` }
  if (active && active.exitCode !== 0) return { state: 'inactive' }
  const answer = uptime ? outcomes[isActive ? 1 : 0] : undefined
  const startedMs = answer && readUptime(answer, clockMs)
  return startedMs === undefined ? { state: 'active' } : { state: 'active', startedMs }
}

function describe(kind: CommandOutcome['kind'] | undefined): string {
  if (kind === 'missing') return 'no such program'
  return kind === 'timed-out' ? 'no answer in time' : 'killed'
}

/** Whole seconds, one line a process: the oldest counts. Undefined where the answer is none. */
function readUptime({ kind, exitCode, stdout }: CommandOutcome, clockMs: number): number | undefined {
  if (kind !== 'exited' || exitCode !== 0) return undefined
  const seconds = stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^\d{1,10}$/.test(line))
    .map(Number)
  return seconds.length === 0 ? undefined : clockMs - Math.max(...seconds) * 1000
}
