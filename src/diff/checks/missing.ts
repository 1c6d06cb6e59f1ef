import type { Check } from '../comparison.ts'
import { sourceOf } from '../comparison.ts'

/** The certificate, the key, or both are not there. */
export const checkMissing: Check = ({ pair, certificate, privateKey, certificatePath, privateKeyPath }) => {
  const missing = []
  if (certificate.kind === 'absent') missing.push(certificatePath)
  if (privateKey.kind === 'absent') missing.push(privateKeyPath)
  if (missing.length === 0) return undefined
  return {
    code: 'missing',
    message: missing.length === 2 ? 'no certificate, no private key' : `${missing[0]} does not exist`,
    source: sourceOf(pair, certificate.kind === 'absent' ? 'certificate' : 'private_key'),
  }
}
