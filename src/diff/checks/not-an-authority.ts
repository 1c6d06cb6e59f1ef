import type { Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'

/** Stands where an authority should and may not sign: CA:FALSE, or keyUsage without keyCertSign (RFC 5280 §4.2.1.3). */
export const checkNotAnAuthority: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  const { pair } = comparison
  if (!certificate || pair.kind !== 'authority') return undefined
  const faults = []
  if (!certificate.basicConstraints.ca) faults.push('CA:FALSE')
  if (certificate.keyUsage.length > 0 && !certificate.keyUsage.includes('keyCertSign'))
    faults.push('no keyCertSign')
  if (faults.length === 0) return undefined
  return {
    code: 'not-an-authority',
    message: `cannot sign: ${faults.join(', ')}`,
    source: sourceOf(pair, 'certificate'),
  }
}
