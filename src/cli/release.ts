// `--release` of a policy that has nothing to let go of: a slip of the pen would pass for done.
import type { Actual } from '../model/actual.ts'
import type { Desired } from '../model/desired.ts'
import type { Diagnostic } from '../model/diagnostic.ts'
import { findReleasable } from '../plan/release.ts'

export function findUnknownReleases(
  desired: Desired,
  actual: Actual,
  names: readonly string[] = [],
): Diagnostic[] {
  const { unknown, others } = findReleasable(desired, actual, names)
  return unknown.map((name) => ({
    code: 'unknown-policy',
    severity: 'error',
    message: `--release ${name}: no alarm of a policy of that name stands on these hosts, beside those of the playbook itself`,
    hint:
      others.length === 0
        ? 'leave --release out: no alarm of another policy stands there'
        : `alarms stand there for ${others.join(', ')}; those of the playbook are let go of on proof, without --release`,
  }))
}
