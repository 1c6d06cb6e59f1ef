import { X509Certificate } from 'node:crypto'
import type { Certificate } from '../model/certificate.ts'
import type { IssueProfile } from '../model/plan.ts'
import { describePublicKey } from './keys.ts'
import { formatName, isSameName } from './name.ts'

export type IssuerVerdict =
  | { readonly issued: true }
  | { readonly issued: false; readonly why: 'name' | 'key-id' | 'signature' }

/**
 * Whether `issuer` signed `certificate`: names chain (RFC 5280 §6.1.3), key identifiers agree where both are there
 * (§4.2.1.1: this tells two generations of one authority apart, even with one key), and the signature verifies.
 */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): IssuerVerdict {
  if (!isSameName(certificate.issuer, issuer.subject)) return { issued: false, why: 'name' }
  const { authorityKeyId } = certificate
  const { subjectKeyId } = issuer
  if (authorityKeyId !== undefined && subjectKeyId !== undefined && authorityKeyId !== subjectKeyId)
    return { issued: false, why: 'key-id' }
  const verified = new X509Certificate(certificate.pem).verify(new X509Certificate(issuer.pem).publicKey)
  return verified ? { issued: true } : { issued: false, why: 'signature' }
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

function findChainFaults(path: readonly Certificate[]): string[] {
  return path.flatMap((certificate, index) => {
    const issuer = path[index + 1]
    if (!issuer) return isLast(certificate, index)
    const verdict = isIssuedBy(certificate, issuer)
    const name = formatName(issuer.subject)
    return [
      ...(verdict.issued
        ? []
        : [`${formatName(certificate.subject)} is not signed by ${name} (${verdict.why})`]),
      ...(certificate.notAfter <= issuer.notAfter && certificate.notBefore >= issuer.notBefore
        ? []
        : [`its validity reaches beyond that of ${name}`]),
      ...findPathFaults(issuer, index),
    ]
  })
}

/** A certificate without an issuer at hand: alone, it has to have signed itself; above others, it is as far as is known. */
function isLast(certificate: Certificate, index: number): string[] {
  if (index > 0 || isIssuedBy(certificate, certificate).issued) return []
  return [`${formatName(certificate.subject)} is not signed by itself`]
}

/** RFC 5280 §6.1.4: the issuer is a CA, may sign certificates, and allows this many CAs below it. */
function findPathFaults(issuer: Certificate, intermediatesBelow: number): string[] {
  const { ca, pathLength } = issuer.basicConstraints
  const name = formatName(issuer.subject)
  if (!ca) return [`${name} is not a CA`]
  if (issuer.keyUsage.length > 0 && !issuer.keyUsage.includes('keyCertSign'))
    return [`${name} may not sign certificates`]
  return pathLength !== undefined && intermediatesBelow > pathLength
    ? [`${name} allows only ${pathLength} authorities below it`]
    : []
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return [...a].sort().join('\n') === [...b].sort().join('\n')
}
