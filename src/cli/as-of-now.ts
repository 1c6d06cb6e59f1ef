// `--at` and real hosts: a plan may be about any time, a change is about now. What is issued as of another time is not
// valid when it is served, or no longer; and an alarm would be cleared by what holds then. Below a certwright_root
// nothing is served, and years may pass in a minute.
import { formatSpan } from '../diff/time.ts'
import type { HostTarget } from '../model/desired.ts'
import type { Diagnostic } from '../model/diagnostic.ts'

/** What a host's clock may be off, too (`clock-differs`). */
const toleratedMs = 60_000

/** `now`: when the run began, because that is what it judges by without `--at`, however long it has been asked for passwords. */
export function findOtherTime(
  targets: readonly HostTarget[],
  at: Date,
  now = new Date(performance.timeOrigin),
): Diagnostic | undefined {
  const aheadMs = at.getTime() - now.getTime()
  const real = targets.filter(({ root }) => root === undefined || root === '/').map(({ name }) => name)
  if (Math.abs(aheadMs) <= toleratedMs || real.length === 0) return undefined
  const span = formatSpan(Math.abs(aheadMs) / 1000)
  return {
    code: 'not-now',
    severity: 'error',
    message: `--at is ${span} ${aheadMs > 0 ? 'ahead' : 'ago'}, and ${listSome(real)} would be changed as of then: hosts without a certwright_root are changed as of now only`,
    hint: 'leave --at out, or look with plan --at (or status --at), which may be about any time',
  }
}

const shownNames = 5

function listSome(names: readonly string[]): string {
  const shown = names.slice(0, shownNames).join(', ')
  return names.length > shownNames ? `${shown} and ${names.length - shownNames} more` : shown
}
