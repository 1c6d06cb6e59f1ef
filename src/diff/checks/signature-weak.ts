import { isWeakSignature } from '../../x509/sign.ts'
import type { Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'

/** Signed with MD5 or SHA-1, which Go's crypto/x509 refuses and OpenSSL's default security level too. */
export const checkSignatureWeak: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  if (!certificate || !isWeakSignature(certificate.signatureAlgorithm)) return undefined
  return {
    code: 'signature-weak',
    message: `signed with ${certificate.signatureAlgorithm}`,
    source: sourceOf(comparison.pair, 'certificate'),
  }
}
