import type { Check } from '../comparison.ts'
import { findCertificate, findPublicKey, sourceOf } from '../comparison.ts'

/** Certificate and private key do not belong together: what a crash between two renames leaves behind. */
export const checkKeyMismatch: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  const key = findPublicKey(comparison)
  if (!certificate || !key || certificate.publicKey.spkiSha256 === key.spkiSha256) return undefined
  return {
    code: comparison.pair.kind === 'authority' ? 'authority-key-mismatch' : 'key-mismatch',
    message: `the certificate is for key ${short(certificate.publicKey.spkiSha256)}, ${comparison.privateKeyPath} is ${short(key.spkiSha256)}`,
    source: sourceOf(comparison.pair, 'private_key'),
  }
}

function short(spkiSha256: string): string {
  return `sha256:${spkiSha256.slice(0, 8)}…`
}
