import type { Check } from '../comparison.ts'
import { sourceOf } from '../comparison.ts'
import { formatDate, formatDaysUntil, formatSpan } from '../time.ts'
import { plannedWindow, renewalTime } from '../validity.ts'

/**
 * The time to renew has come, and renewing would gain something: a certificate that already lives as long
 * as its authority is not issued again day after day.
 */
export const checkExpiresSoon: Check = ({ pair, authority, at, certificate: fact }) => {
  if (fact.kind !== 'certificate') return undefined
  const certificate = fact.certificates[0]
  const notAfter = new Date(certificate.notAfter)
  const due = renewalTime(pair, certificate)
  if (at < due || at > notAfter) return undefined
  if (plannedWindow(pair, authority, at).notAfter <= notAfter) return undefined
  const before = formatSpan((notAfter.getTime() - due.getTime()) / 1000)
  return {
    code: 'expires-soon',
    message: `expires ${formatDate(certificate.notAfter)}, ${formatDaysUntil(at, notAfter)}; renewed from ${before} before`,
    source: sourceOf(pair, 'renew_before'),
  }
}
