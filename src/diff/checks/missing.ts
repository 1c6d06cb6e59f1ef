import type { Check } from '../comparison.ts'
import { sourceOf } from '../comparison.ts'

/** The certificate, the key, or both are not there. */
export const checkMissing: Check = ({ pair, certificate, privateKey }) => {
  const missing = []
  if (certificate.kind === 'absent') missing.push('certificate')
  if (privateKey.kind === 'absent') missing.push('private key')
  if (missing.length === 0) return undefined
  return {
    code: 'missing',
    message: `no ${missing.join(', no ')}`,
    source: sourceOf(pair, certificate.kind === 'absent' ? 'certificate' : 'private_key'),
  }
}
