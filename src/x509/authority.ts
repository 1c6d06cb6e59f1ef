import type { Certificate } from '../model/certificate.ts'
import { type CertificateFault, findCertificateFaults, findRefusals } from './chain.ts'
import { formatName } from './name.ts'
import { isWeakSignature } from './sign.ts'
import { isIssuedBy } from './verify.ts'

export interface AuthorityFault {
  /** Stable kebab-case code; reason codes where there is one. */
  readonly code: string
  readonly message: string
  readonly hint: string
}

export interface AuthorityInput {
  /** The authority's certificate, then those above it. */
  readonly certificates: readonly [Certificate, ...Certificate[]]
  /** Of its private key. */
  readonly spkiSha256: string
  readonly at: Date
}

/** Everything that makes a certificate and key unfit to sign others with (RFC 5280 §4.2.1.3, §4.2.1.9, §6.1). */
export function findAuthorityFaults({ certificates, spkiSha256, at }: AuthorityInput): AuthorityFault[] {
  const [authority] = certificates
  return [
    ...findUsageFaults(authority),
    ...findDateFaults(authority, at),
    ...findKeyFaults(authority, spkiSha256),
    ...findOrderFaults(certificates),
    ...findAboveFaults(certificates),
    ...findRootFaults(certificates),
  ]
}

const hints: Readonly<Record<CertificateFault['code'], string>> = {
  'not-an-authority': 'supply a CA made for signing',
  'subject-key-id-missing': 'RFC 5280 demands one of a CA: make it with one',
  'peers-refuse': 'Go or OpenSSL (-x509_strict) would refuse everything below it: make it without',
}

function findUsageFaults(authority: Certificate): AuthorityFault[] {
  const faults = findCertificateFaults(authority).map(({ code, message }) =>
    fault(code, message, hints[code]),
  )
  if (authority.basicConstraints.ca) return faults
  const hint = 'supply the CA, not one of its leaves'
  return [fault('not-an-authority', 'is not a CA certificate (CA:FALSE)', hint), ...faults]
}

function findDateFaults({ notBefore, notAfter }: Certificate, at: Date): AuthorityFault[] {
  if (at.getTime() > Date.parse(notAfter))
    return [fault('authority-expired', `expired ${notAfter.slice(0, 10)}`, 'supply a CA that is still valid')]
  if (at.getTime() < Date.parse(notBefore))
    return [
      fault(
        'authority-not-yet-valid',
        `is valid from ${notBefore.slice(0, 10)}`,
        'wait, or look at the clock (--at)',
      ),
    ]
  return []
}

const minimumRsaBits = 2048

function findKeyFaults(authority: Certificate, spkiSha256: string): AuthorityFault[] {
  const { publicKey, signatureAlgorithm } = authority
  const faults = []
  if (publicKey.spkiSha256 !== spkiSha256)
    faults.push(
      fault(
        'authority-key-mismatch',
        'does not belong to the private key',
        'supply the key that it was made for',
      ),
    )
  if (publicKey.type === 'other')
    faults.push(
      fault(
        'key-type-unsupported',
        'has a key of an unsupported type',
        'RSA, ECDSA P-256/384/521 or Ed25519',
      ),
    )
  if (publicKey.type === 'RSA' && publicKey.size < minimumRsaBits)
    faults.push(
      fault('key-weak', `has an RSA key of ${publicKey.size} bits`, `use at least ${minimumRsaBits}`),
    )
  if (isWeakSignature(signatureAlgorithm))
    faults.push(fault('signature-weak', `is signed with ${signatureAlgorithm}`, 'use SHA-256 or stronger'))
  return faults
}

/** A file with a chain has every certificate followed by the one that signed it (RFC 8446 §4.4.2). */
function findOrderFaults(certificates: readonly Certificate[]): AuthorityFault[] {
  return certificates.flatMap((certificate, index) => {
    const issuer = certificates[index + 1]
    if (!issuer || isIssuedBy(certificate, issuer).issued) return []
    const message = `is followed by ${formatName(issuer.subject)}, which did not sign ${formatName(certificate.subject)}`
    return [fault('chain-differs', message, 'order the file: the CA first, each followed by its signer')]
  })
}

/** What is above has to be fit as well, and has to let the authority be one. */
function findAboveFaults([authority, ...above]: AuthorityInput['certificates']): AuthorityFault[] {
  const unfit = above.flatMap((certificate) =>
    findUsageFaults(certificate).map(({ code, message, hint }) =>
      fault(code, `is below ${formatName(certificate.subject)}, which ${message}`, hint),
    ),
  )
  const refusals = findRefusals(authority, above).map((refusal) =>
    fault('refused-by-authority', `is refused: ${refusal}`, 'supply a CA that those above it allow'),
  )
  return [...unfit, ...refusals]
}

/** A certificate with its own name as issuer has signed itself, or says so wrongly. */
function findRootFaults(certificates: readonly Certificate[]): AuthorityFault[] {
  const last = certificates.at(-1)
  if (!last || last.subjectDer !== last.issuerDer || isIssuedBy(last, last).issued) return []
  const message = `ends with ${formatName(last.subject)}, which claims to sign itself and does not`
  return [fault('peers-refuse', message, hints['peers-refuse'])]
}

function fault(code: string, message: string, hint: string): AuthorityFault {
  return { code, message, hint }
}
