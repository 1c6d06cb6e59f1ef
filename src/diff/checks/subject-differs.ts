import { goesBy } from '../../x509/generation.ts'
import { formatName } from '../../x509/name.ts'
import type { Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'

/** Attributes compare as RFC 5280 §7.1 has it: case-insensitively, inner white space folded, order ignored. Which generation it is does not count. */
export const checkSubjectDiffers: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  const { pair } = comparison
  if (!certificate || goesBy(certificate.subject, pair)) return undefined
  return {
    code: 'subject-differs',
    message: `${formatName(certificate.subject)}, wanted ${formatName(pair.subject)}`,
    source: sourceOf(pair, 'subject'),
  }
}
