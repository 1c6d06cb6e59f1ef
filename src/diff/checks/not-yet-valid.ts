import type { Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'
import { formatDate } from '../time.ts'

/**
 * notBefore lies ahead. An authority that is not yet valid is not judged here: that is a wrong clock far more
 * often than a wrong certificate, and stops the host instead (problems.ts).
 */
export const checkNotYetValid: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  if (!certificate || comparison.pair.kind === 'authority') return undefined
  if (comparison.at.getTime() >= Date.parse(certificate.notBefore)) return undefined
  return {
    code: 'not-yet-valid',
    message: `valid from ${formatDate(certificate.notBefore)}`,
    source: sourceOf(comparison.pair, 'certificate'),
  }
}
