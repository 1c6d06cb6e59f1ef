import type { Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'
import { formatDate } from '../time.ts'

/**
 * notBefore lies ahead. Of an authority that is a wrong clock far more often than a wrong certificate: it is held back
 * as well (holds/authority-not-yet-valid.ts).
 */
export const checkNotYetValid: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  if (!certificate) return undefined
  if (comparison.at.getTime() >= Date.parse(certificate.notBefore)) return undefined
  return {
    code: comparison.pair.kind === 'authority' ? 'authority-not-yet-valid' : 'not-yet-valid',
    message: `valid from ${formatDate(certificate.notBefore)}`,
    source: sourceOf(comparison.pair, 'certificate'),
  }
}
