import type { Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'
import { formatDate } from '../time.ts'

/** notAfter has passed (RFC 5280 §4.1.2.5: valid up to and including notAfter). */
export const checkExpired: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  if (!certificate || comparison.at.getTime() <= Date.parse(certificate.notAfter)) return undefined
  return {
    code: comparison.pair.kind === 'authority' ? 'authority-expired' : 'expired',
    message: `expired ${formatDate(certificate.notAfter)}`,
    source: sourceOf(comparison.pair, 'renew_before'),
  }
}
