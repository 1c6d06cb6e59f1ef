// `--release`: whose alarms stand on the records of the hosts.
import { isReleased, speaksFor } from '../alarms/want.ts'
import type { Actual } from '../model/actual.ts'
import type { Desired } from '../model/desired.ts'

export interface Releasable {
  /** Names of policies that somebody asked for, and that want no alarm; or the playbook's own. */
  readonly unknown: readonly string[]
  /** Policies that are not in the playbook, and that want one. */
  readonly others: readonly string[]
}

export function findReleasable({ plays }: Desired, { hosts }: Actual, names: readonly string[]): Releasable {
  const wants = Object.values(hosts).flatMap((host) => {
    if (host.kind !== 'observed') return []
    const rules = plays.flatMap(({ alarms }) => alarms[host.host] ?? [])
    return host.alarms.flatMap(({ wantedBy }) => wantedBy.map((want) => ({ rules, want })))
  })
  const others = wants.flatMap(({ rules, want }) => (speaksFor(rules, want) ? [] : [want.policy]))
  const known = new Set(wants.flatMap(({ rules, want }) => (isReleased(rules, want) ? [want.policy] : [])))
  return { unknown: names.filter((name) => !known.has(name)), others: [...new Set(others)].sort() }
}
