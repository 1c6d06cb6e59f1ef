import type { Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'

/** Only between keys of one type: the size of another type says nothing. */
export const checkKeySizeDiffers: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  const wanted = comparison.pair.key
  if (!certificate || certificate.publicKey.type !== wanted.type) return undefined
  if (certificate.publicKey.size === wanted.size) return undefined
  return {
    code: 'key-size-differs',
    message: `${wanted.type} ${certificate.publicKey.size}, wanted ${wanted.size}`,
    source: sourceOf(comparison.pair, 'private_key'),
  }
}
