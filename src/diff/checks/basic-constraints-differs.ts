import type { BasicConstraints } from '../../model/certificate.ts'
import type { Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'

/** basicConstraints, RFC 5280 §4.2.1.9. An authority that is no CA at all reads `not-an-authority`. */
export const checkBasicConstraintsDiffers: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  const { pair } = comparison
  if (!certificate) return undefined
  const found = certificate.basicConstraints
  const wanted = pair.basicConstraints
  if (wanted.ca && !found.ca) return undefined
  if (found.ca === wanted.ca && found.pathLength === wanted.pathLength) return undefined
  return {
    code: 'basic-constraints-differs',
    message: `${formatConstraints(found)}, wanted ${formatConstraints(wanted)}`,
    source: sourceOf(pair, 'path_length'),
  }
}

function formatConstraints({ ca, pathLength }: BasicConstraints): string {
  if (!ca) return 'CA:FALSE'
  return pathLength === undefined ? 'CA:TRUE' : `CA:TRUE, pathlen:${pathLength}`
}
