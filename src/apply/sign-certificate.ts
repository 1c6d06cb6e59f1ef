// A certificate is built here and signed where the signer's key is.
// In: a profile, a public key, a signer. Out: the certificate, judged together with what is above it; a TaskError where it is not right.

import { X509Certificate } from 'node:crypto'
import type { Certificate } from '../model/certificate.ts'
import type { IssueProfile } from '../model/plan.ts'
import { issueCertificate } from '../x509/issue.ts'
import { parseCertificates } from '../x509/parse.ts'
import { findIssuanceFaults } from '../x509/verify.ts'
import { TaskError } from './context.ts'
import { type Sign, verified } from './possession.ts'

export interface PreparedSigner {
  /** PEM, nearest first; the first is the signer's own. */
  readonly chain: readonly [string, ...string[]]
  readonly sign: Sign
}

export interface Signing {
  readonly what: 'certificate' | 'bridge' | 'canary'
  readonly profile: IssueProfile
  readonly spki: Uint8Array
  /** Undefined: it signs itself. */
  readonly signer: PreparedSigner | undefined
  readonly itself: Sign
  /** What the key is known by already. */
  readonly subjectKeyId?: string | undefined
}

export async function signCertificate({
  what,
  profile,
  spki,
  signer,
  itself,
  subjectKeyId,
}: Signing): Promise<Certificate> {
  const certificate = await issueCertificate({
    profile,
    spki,
    issuer: signer ? { kind: 'authority', pem: signer.chain[0] } : { kind: 'itself' },
    sign: verified(signer?.sign ?? itself, signer ? spkiOf(signer.chain[0]) : spki),
    ...(subjectKeyId === undefined ? {} : { subjectKeyId }),
  })
  const faults = findIssuanceFaults({
    certificate,
    profile,
    spki,
    chain: (signer?.chain ?? []).map(parseOne),
  })
  if (faults.length > 0) throw new TaskError(`the new ${what} is not right: ${faults.join('; ')}`)
  return certificate
}

function spkiOf(pem: string): Uint8Array {
  return new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
}

export function parseOne(pem: string) {
  const parsed = parseCertificates(Buffer.from(pem))
  if (parsed.kind !== 'certificates') throw new TaskError(parsed.detail)
  return parsed.certificates[0]
}
