import type { Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'
import { describeSets } from '../sets.ts'

/** keyUsage, RFC 5280 §4.2.1.3. */
export const checkKeyUsageDiffers: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  if (!certificate) return undefined
  const message = describeSets(certificate.keyUsage, comparison.pair.keyUsage)
  return message === undefined
    ? undefined
    : { code: 'key-usage-differs', message, source: sourceOf(comparison.pair, 'key_usage') }
}
