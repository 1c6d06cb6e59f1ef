import type { Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'
import { formatDate } from '../time.ts'

/** Valid beyond its authority: it would stop working before it says so. */
export const checkOutlivesAuthority: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  const { authority, pair } = comparison
  if (!certificate || !authority?.certificate) return undefined
  // What another generation has signed lives by that one.
  if (certificate.issuerDer !== authority.certificate.subjectDer) return undefined
  if (Date.parse(certificate.notAfter) <= authority.notAfter.getTime()) return undefined
  return {
    code: 'outlives-authority',
    message: `until ${formatDate(certificate.notAfter)}, ${authority.name} only until ${formatDate(authority.certificate.notAfter)}`,
    source: sourceOf(pair, 'validity'),
  }
}
