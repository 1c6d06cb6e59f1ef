import { formatName, isSameName } from '../../x509/name.ts'
import type { Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'

/** Attributes compare as RFC 5280 §7.1 has it: case-insensitively, inner white space folded, order ignored. */
export const checkSubjectDiffers: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  const { pair } = comparison
  if (!certificate || isSameName(certificate.subject, pair.subject)) return undefined
  return {
    code: 'subject-differs',
    message: `${formatName(certificate.subject)}, wanted ${formatName(pair.subject)}`,
    source: sourceOf(pair, 'subject'),
  }
}
