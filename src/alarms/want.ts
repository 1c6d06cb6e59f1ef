import type { AlarmWant } from '../model/actual.ts'
import type { DesiredAlarms } from '../model/desired.ts'

/**
 * Whether a run may let go of what a policy wanted. A name alone tells little: two folders have a `certs.yml` each, one
 * file is used with other variables, and files are renamed, moved and merged. So it may where the name is all that is
 * known; where it looks after all certificates of that policy, whatever it is called; or where the policy of that name
 * still looks after one of them.
 */
export function speaksFor(rules: readonly DesiredAlarms[], { policy, certificates }: AlarmWant): boolean {
  const namesakes = rules.filter((each) => each.policy === policy)
  if (certificates.length === 0) return namesakes.length > 0
  const looksAfter = (of: readonly DesiredAlarms[]) => new Set(of.flatMap((each) => each.certificates))
  const all = looksAfter(rules)
  const own = looksAfter(namesakes)
  return certificates.every((path) => all.has(path)) || certificates.some((path) => own.has(path))
}

/** What `--release` names, and none of these policies speaks for: those let go of theirs by themselves, on proof. */
export function isReleased(rules: readonly DesiredAlarms[], want: AlarmWant): boolean {
  return rules.some(({ released }) => released.includes(want.policy)) && !speaksFor(rules, want)
}

/** Each once, in one order. */
export function uniqueWants(wants: readonly AlarmWant[]): AlarmWant[] {
  const named = wants.map(
    ({ policy, certificates }) => [`${policy} ${certificates.join(' ')}`, { policy, certificates }] as const,
  )
  return [...new Map(named)].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, want]) => want)
}
