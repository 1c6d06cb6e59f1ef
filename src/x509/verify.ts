import { X509Certificate } from 'node:crypto'
import type { Certificate } from '../model/certificate.ts'
import type { IssueProfile } from '../model/plan.ts'
import { findCertificateFaults, findRefusals } from './chain.ts'
import { describePublicKey } from './keys.ts'
import { formatName, isSameName } from './name.ts'

export type IssuerVerdict =
  | { readonly issued: true }
  | { readonly issued: false; readonly why: 'name' | 'key-id' | 'signature' }

/**
 * Whether `issuer` signed `certificate`: names are the same to the byte (RFC 5280 §6.1.3, as Go compares them), key
 * identifiers agree where both are there (§4.2.1.1: this tells two generations of one authority apart, even with one
 * key), and the signature verifies.
 */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): IssuerVerdict {
  const why = findForeign(certificate, issuer)
  if (why !== undefined) return { issued: false, why }
  return isSignedBy(certificate, issuer) ? { issued: true } : { issued: false, why: 'signature' }
}

/** In what a certificate names another issuer than this one, before any signature is looked at; undefined: in nothing. */
export function findForeign(certificate: Certificate, issuer: Certificate): 'name' | 'key-id' | undefined {
  if (certificate.issuerDer !== issuer.subjectDer) return 'name'
  return isForeignKey(certificate, issuer) ? 'key-id' : undefined
}

/** Whether a certificate's authorityKeyIdentifier speaks of another key, or another certificate, than this issuer's. */
export function isForeignKey(certificate: Certificate, issuer: Certificate): boolean {
  const { authorityKeyId, authorityCertificate } = certificate
  const { subjectKeyId } = issuer
  if (authorityKeyId !== undefined && subjectKeyId !== undefined && authorityKeyId !== subjectKeyId)
    return true
  return authorityCertificate !== undefined && !isNamed(authorityCertificate, issuer)
}

function isNamed(
  { issuerDer, serial }: NonNullable<Certificate['authorityCertificate']>,
  issuer: Certificate,
): boolean {
  return serial === issuer.serial && issuerDer.includes(issuer.issuerDer)
}

/** A key of another kind is not asked: nothing that certwright trusts is signed with one. */
function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (issuer.publicKey.type === 'other') return false
  return new X509Certificate(certificate.pem).verify(new X509Certificate(issuer.pem).publicKey)
}

export interface Issuance {
  readonly certificate: Certificate
  readonly profile: IssueProfile
  /** DER SubjectPublicKeyInfo of the key that it is meant for. */
  readonly spki: Uint8Array
  /** Certificates above, nearest first, up to the root; empty when it signs itself. */
  readonly chain: readonly Certificate[]
}

/** What is wrong with a certificate just issued; empty: nothing, and it may be installed. */
export function findIssuanceFaults({ certificate, profile, spki, chain }: Issuance): string[] {
  const faults: string[] = []
  const expect = (holds: boolean, fault: string) => holds || faults.push(fault)
  expect(certificate.publicKey.spkiSha256 === describePublicKey(spki).spkiSha256, 'it is for another key')
  expect(
    isSameName(certificate.subject, profile.subject),
    `its subject is ${formatName(certificate.subject)}`,
  )
  expect(isSameSet(certificate.subjectAltName, profile.subjectAltName), 'its subjectAltName differs')
  expect(isSameSet(certificate.keyUsage, profile.keyUsage), 'its keyUsage differs')
  expect(isSameSet(certificate.extendedKeyUsage, profile.extendedKeyUsage), 'its extendedKeyUsage differs')
  expect(
    certificate.basicConstraints.ca === profile.basicConstraints.ca &&
      certificate.basicConstraints.pathLength === profile.basicConstraints.pathLength,
    'its basicConstraints differ',
  )
  expect(
    certificate.notBefore === profile.notBefore && certificate.notAfter === profile.notAfter,
    'its validity differs',
  )
  return [...faults, ...findChainFaults([certificate, ...chain])]
}

/** Everything for which a peer would refuse the first of a path, which goes up to the root; the instant is not judged. */
export function findChainFaults(path: readonly [Certificate, ...Certificate[]]): string[] {
  const [first, ...above] = path
  const faults = path.flatMap((certificate, index) => [
    ...findCertificateFaults(certificate).map(
      ({ message }) => `${formatName(certificate.subject)} ${message}`,
    ),
    ...findLinkFaults(certificate, path[index + 1], index),
  ])
  return [...faults, ...findRefusals(first, above)]
}

/** Between a certificate and the one above. Without one: alone, it has to have signed itself; above others, it is as far as is known. */
function findLinkFaults(certificate: Certificate, issuer: Certificate | undefined, index: number): string[] {
  const own = formatName(certificate.subject)
  if (!issuer) {
    if (index > 0 || isIssuedBy(certificate, certificate).issued) return []
    return [`${own} is not signed by itself`]
  }
  const verdict = isIssuedBy(certificate, issuer)
  const name = formatName(issuer.subject)
  const isWithin = certificate.notAfter <= issuer.notAfter && certificate.notBefore >= issuer.notBefore
  return [
    ...(verdict.issued ? [] : [`${own} is not signed by ${name} (${verdict.why})`]),
    ...(isWithin ? [] : [`its validity reaches beyond that of ${name}`]),
    ...(issuer.basicConstraints.ca ? [] : [`${name} is not a CA`]),
  ]
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return [...a].sort().join('\n') === [...b].sort().join('\n')
}
