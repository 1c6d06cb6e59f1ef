import type { Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'
import { describeSets } from '../sets.ts'

/** subjectAltName (RFC 5280 §4.2.1.6) as a set of canonical names: addresses as addresses, order ignored. */
export const checkSanDiffers: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  if (!certificate) return undefined
  const message = describeSets(certificate.subjectAltName, comparison.pair.subjectAltName)
  return message === undefined
    ? undefined
    : { code: 'san-differs', message, source: sourceOf(comparison.pair, 'subject_alt_name') }
}
