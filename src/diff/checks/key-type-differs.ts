import type { Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'

export const checkKeyTypeDiffers: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  const wanted = comparison.pair.key.type
  if (!certificate || certificate.publicKey.type === wanted) return undefined
  return {
    code: 'key-type-differs',
    message: `${certificate.publicKey.type}, wanted ${wanted}`,
    source: sourceOf(comparison.pair, 'private_key'),
  }
}
