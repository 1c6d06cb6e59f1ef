import { randomBytes, X509Certificate } from 'node:crypto'
import type { Certificate } from '../model/certificate.ts'
import type { SignatureScheme } from '../model/host.ts'
import type { IssueProfile } from '../model/plan.ts'
import { describePublicKey, encodeSpki } from './keys.ts'
import { parseCertificates, parseDer } from './parse.ts'
import { signatureSchemeFor } from './sign.ts'
import { assembleCertificate, buildTbs, keyBitsHash } from './tbs.ts'

export interface IssueRequest {
  readonly profile: IssueProfile
  /** DER SubjectPublicKeyInfo of the key that the certificate is for. */
  readonly spki: Uint8Array
  readonly issuer: { readonly kind: 'itself' } | { readonly kind: 'authority'; readonly pem: string }
  /** Lower-case hex: what another certificate of this key says, where both are to be taken for the same authority. */
  readonly subjectKeyId?: string
  /** Signs where the authority's key lives; returns the signature as it stands in a certificate. */
  readonly sign: (scheme: SignatureScheme, tbs: Uint8Array) => Promise<Uint8Array>
}

/** Builds the TBSCertificate, has it signed, and reads the finished certificate back. */
export async function issueCertificate(request: IssueRequest): Promise<Certificate> {
  const { profile, spki, issuer, sign, subjectKeyId } = request
  const authority = issuer.kind === 'authority' ? readAuthority(issuer.pem) : undefined
  const scheme = signatureSchemeFor(describePublicKey(authority?.spki ?? spki))
  const serial = makeSerial()
  const names = authority ? { issuerName: authority.name, authorityKeyId: authority.keyId } : {}
  const known = subjectKeyId === undefined ? {} : { subjectKeyId: Buffer.from(subjectKeyId, 'hex') }
  const tbs = buildTbs({ profile, spki, serial, scheme, ...names, ...known })
  const der = assembleCertificate(tbs, scheme, await sign(scheme, tbs))
  const certificate = parseDer(Buffer.from(der))
  if (typeof certificate === 'string') throw new TypeError(`the certificate just made ${certificate}`)
  return certificate
}

/** 128 random bits, positive and not zero: at least 64 bits of them are unpredictable (CA/Browser Forum BR §7.1), at most 20 octets (RFC 5280 §4.1.2.2). */
function makeSerial(): Uint8Array {
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  return serial
}

interface Authority {
  readonly name: Uint8Array
  readonly spki: Uint8Array
  readonly keyId: Uint8Array
}

function readAuthority(pem: string): Authority {
  const parsed = parseCertificates(Buffer.from(pem))
  if (parsed.kind !== 'certificates') throw new TypeError(`the authority's certificate ${parsed.detail}`)
  const [{ subjectDer, subjectKeyId }] = parsed.certificates
  const spki = encodeSpki(new X509Certificate(pem).publicKey)
  const keyId = subjectKeyId === undefined ? keyBitsHash(spki) : Buffer.from(subjectKeyId, 'hex')
  return { name: Buffer.from(subjectDer, 'hex'), spki, keyId }
}
