import type { Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'
import { describeSets } from '../sets.ts'

/** extKeyUsage, RFC 5280 §4.2.1.12. */
export const checkExtendedKeyUsageDiffers: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  if (!certificate) return undefined
  const message = describeSets(certificate.extendedKeyUsage, comparison.pair.extendedKeyUsage)
  return message === undefined
    ? undefined
    : {
        code: 'extended-key-usage-differs',
        message,
        source: sourceOf(comparison.pair, 'extended_key_usage'),
      }
}
