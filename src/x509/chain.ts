import type { Certificate } from '../model/certificate.ts'
import { formatName } from './name.ts'
import { findNameRefusals } from './permitted-names.ts'

/** Of a certificate, or of one that is only wanted yet: what authorities have a say in. */
export type Subordinate = Pick<
  Certificate,
  'subject' | 'subjectAltName' | 'extendedKeyUsage' | 'basicConstraints'
>

/** An authority above others, as it is or as it is wanted. */
export type Superior = Subordinate & Pick<Certificate, 'nameConstraints'>

export interface CertificateFault {
  readonly code: 'peers-refuse' | 'not-an-authority' | 'subject-key-id-missing'
  /** Completes "it …". */
  readonly message: string
}

/**
 * Why whoever meets this certificate refuses it, wherever it comes from: what Go and `openssl verify -x509_strict` want
 * of every certificate. Its signature, its dates and its names are judged elsewhere.
 */
export function findCertificateFaults(certificate: Certificate): CertificateFault[] {
  const { subject, subjectAltName, criticalExtensions, unknownExtensions } = certificate
  const nameless =
    subject.length === 0 && (subjectAltName.length === 0 || !criticalExtensions.includes('subjectAltName'))
  const signsItself = certificate.subjectDer === certificate.issuerDer
  return [
    when(nameless, 'peers-refuse', 'has no subject and no critical subjectAltName'),
    when(certificate.issuer.length === 0, 'peers-refuse', 'has no issuer'),
    when(
      certificate.authorityKeyId === undefined && !signsItself,
      'peers-refuse',
      'has no authorityKeyIdentifier',
    ),
    when(
      unknownExtensions.length > 0,
      'peers-refuse',
      `has a critical extension that not everybody knows (${unknownExtensions.join(', ')})`,
    ),
    ...(certificate.basicConstraints.ca ? findAuthorityFaults(certificate) : findLeafFaults(certificate)),
  ].filter((fault) => fault !== undefined)
}

/** RFC 5280 §4.1.2.6, §4.2.1.2, §4.2.1.3, §4.2.1.9. */
function findAuthorityFaults(certificate: Certificate): (CertificateFault | undefined)[] {
  const { subject, keyUsage, criticalExtensions, subjectKeyId } = certificate
  return [
    when(subject.length === 0, 'peers-refuse', 'is a CA without a subject'),
    when(
      !criticalExtensions.includes('basicConstraints'),
      'peers-refuse',
      'has basicConstraints that are not critical',
    ),
    when(!keyUsage.includes('keyCertSign'), 'not-an-authority', 'may not sign certificates (no keyCertSign)'),
    when(subjectKeyId === undefined, 'subject-key-id-missing', 'has no subjectKeyIdentifier'),
  ]
}

function findLeafFaults({ keyUsage }: Certificate): (CertificateFault | undefined)[] {
  const signs = keyUsage.includes('keyCertSign')
  return [when(signs, 'peers-refuse', 'may sign certificates (keyCertSign) without being a CA')]
}

function when(holds: boolean, code: CertificateFault['code'], message: string): CertificateFault | undefined {
  return holds ? { code, message } : undefined
}

/**
 * Why a certificate is refused below these authorities, nearest first, however well it is signed: path lengths (RFC 5280
 * §6.1.4), name constraints (§6.1.3) and extended key usages, which Go and OpenSSL both want all the way up.
 */
export function findRefusals(below: Subordinate, above: readonly Superior[]): string[] {
  return above.flatMap((superior, index) => {
    const path = [below, ...above.slice(0, index)]
    return [
      ...findLengthRefusals(superior, path),
      ...findUsageRefusals(superior, below),
      ...findNameRefusals(superior, below),
    ].map((refusal) => `${formatName(superior.subject)} ${refusal}`)
  })
}

/** A CA at the end of the path counts: whatever it signed would be one too far down. */
function findLengthRefusals({ basicConstraints }: Superior, path: readonly Subordinate[]): string[] {
  const { pathLength } = basicConstraints
  const authorities = path.filter((each, index) => index > 0 || each.basicConstraints.ca).length
  if (pathLength === undefined || authorities <= pathLength) return []
  return [`allows only ${pathLength} authorities below it`]
}

/** No usage at all is every usage; anyExtendedKeyUsage is every usage for Go, and none for OpenSSL. */
function findUsageRefusals({ extendedKeyUsage: allowed }: Superior, below: Subordinate): string[] {
  if (allowed.length === 0) return []
  const refused = below.extendedKeyUsage.filter((usage) => !allowed.includes(usage))
  return refused.length === 0 ? [] : [`is not for ${refused.join(', ')}`]
}
