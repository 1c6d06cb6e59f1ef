import type { Certificate } from '../../model/certificate.ts'
import { formatName } from '../../x509/name.ts'
import { isIssuedBy } from '../../x509/verify.ts'
import type { AuthorityState, Check } from '../comparison.ts'
import { findCertificate, sourceOf } from '../comparison.ts'

const explanations = {
  name: 'signed by another authority',
  'key-id': 'signed by another generation of it',
  signature: 'the signature is not its own',
} as const

/** Signed by another authority than the policy's, or by another generation of it. */
export const checkIssuerDiffers: Check = (comparison) => {
  const certificate = findCertificate(comparison)
  const { authority, pair } = comparison
  if (!certificate) return undefined
  const source = sourceOf(pair, 'authority')
  if (!authority) return checkSelfSigned(comparison)
  if (!authority.certificate) {
    return { code: 'issuer-differs', message: `${authority.name} gets a new generation in this plan`, source }
  }
  const verdict = isIssuedBy(certificate, authority.certificate)
  if (verdict.issued || isOfAnother(certificate, authority)) return undefined
  const why = explanations[verdict.why]
  return {
    code: 'issuer-differs',
    message: `issued by ${formatName(certificate.issuer)}, wanted ${authority.name}: ${why}`,
    source,
  }
}

/** While one trust anchor takes the place of another, what either has signed is in use. */
function isOfAnother(certificate: Certificate, { others = [] }: AuthorityState): boolean {
  return others.some((each) => isIssuedBy(certificate, each).issued)
}

/** An authority without an authority signs itself. */
function checkSelfSigned(comparison: Parameters<Check>[0]): ReturnType<Check> {
  const certificate = findCertificate(comparison)
  const { pair } = comparison
  if (!certificate || pair.kind !== 'authority' || pair.authority || pair.supplied) return undefined
  if (isIssuedBy(certificate, certificate).issued) return undefined
  return {
    code: 'issuer-differs',
    message: `issued by ${formatName(certificate.issuer)}, wanted self-signed`,
    source: sourceOf(pair, 'authority'),
  }
}
