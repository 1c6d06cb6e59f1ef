import type { ManagerFact } from '../model/actual.ts'
import type { Argv } from '../model/desired.ts'
import type { Command, CommandOutcome } from '../model/host.ts'

const properties = ['LoadState', 'ActiveState', 'ExecMainStartTimestamp']
const askTimeoutMs = 10_000
const updateTimeoutMs = 120_000

export function askSystemd(unit: string): Command[] {
  return [
    {
      argv: ['systemctl', 'show', `--property=${properties.join(',')}`, '--', unit],
      timeoutMs: askTimeoutMs,
    },
  ]
}

/**
 * Restarts only what runs: a unit that was stopped in the meantime stays stopped. One that has failed since is started;
 * how often it fell over before must not count against it.
 */
export function updateSystemd(unit: string, action: 'restart' | 'reload', hasFailed: boolean): Command {
  const again = 'systemctl reset-failed -- "$0"; exec systemctl restart -- "$0"'
  const argv: Argv = hasFailed
    ? ['sh', '-c', again, unit]
    : ['systemctl', action === 'restart' ? 'try-restart' : 'reload', '--', unit]
  return { argv, timeoutMs: updateTimeoutMs }
}

/** `KEY=value` lines of `systemctl show`; timestamps as `Mon 2026-11-23 18:52:05 UTC` (commands run with TZ=UTC). */
export function parseSystemd(unit: string, [outcome]: readonly CommandOutcome[]): ManagerFact {
  if (!outcome || outcome.kind === 'missing') return { state: 'unknown', detail: 'there is no systemctl' }
  if (outcome.kind !== 'exited' || outcome.exitCode !== 0) {
    const said = outcome.stderr.trim().split('\n')[0] ?? ''
    return { state: 'unknown', detail: said === '' ? `systemctl: ${outcome.kind}` : `systemctl: ${said}` }
  }
  const values = new Map(
    outcome.stdout.split('\n').map((line) => {
      const separator = line.indexOf('=')
      return [line.slice(0, separator), line.slice(separator + 1)] as const
    }),
  )
  if (values.get('LoadState') !== 'loaded')
    return {
      state: 'unknown',
      detail: `systemd has no unit ${unit} (${values.get('LoadState') ?? 'no answer'})`,
    }
  const active = ['active', 'reloading', 'activating'].includes(values.get('ActiveState') ?? '')
  if (values.get('ActiveState') === 'failed') return { state: 'failed' }
  if (!active) return { state: 'inactive', detail: values.get('ActiveState') ?? '' }
  const startedMs = Date.parse(
    (values.get('ExecMainStartTimestamp') ?? '').replace(/^\S+ (\S+) (\S+) UTC$/, '$1T$2Z'),
  )
  return Number.isNaN(startedMs) ? { state: 'active' } : { state: 'active', startedMs }
}
