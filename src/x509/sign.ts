import { type KeyObject, sign } from 'node:crypto'
import type { PublicKey } from '../model/certificate.ts'
import type { SignatureScheme } from '../model/host.ts'

const byCurve: Readonly<Record<number, SignatureScheme>> = {
  256: 'ECDSA-SHA256',
  384: 'ECDSA-SHA384',
  521: 'ECDSA-SHA512',
}

/** How a key of this kind signs: the hash as strong as the curve (RFC 5758 §3.2), RSA with PKCS#1 v1.5 and SHA-256. */
export function signatureSchemeFor({ type, size }: PublicKey): SignatureScheme {
  if (type === 'Ed25519') return 'Ed25519'
  if (type === 'RSA') return 'RSA-SHA256'
  const scheme = type === 'ECDSA' ? byCurve[size] : undefined
  if (!scheme) throw new RangeError(`no signature scheme for a key of type ${type}, ${size} bits`)
  return scheme
}

const hashes: Readonly<Record<SignatureScheme, string | null>> = {
  'RSA-SHA256': 'sha256',
  'ECDSA-SHA256': 'sha256',
  'ECDSA-SHA384': 'sha384',
  'ECDSA-SHA512': 'sha512',
  Ed25519: null,
}

/** Signature over a DER TBSCertificate, as it stands in a certificate (ECDSA: DER-encoded r and s). */
export function signTbs(key: KeyObject, scheme: SignatureScheme, tbs: Uint8Array): Uint8Array {
  return sign(hashes[scheme], tbs, key)
}

const verified = /^(sha(256|384|512)WithRSAEncryption|RSASSA-PSS|ecdsa-with-SHA(256|384|512)|Ed25519)$/

/** MD5 and SHA-1 are broken for signatures: Go refuses both. What it cannot verify at all is as good as broken. */
export function isWeakSignature(signatureAlgorithm: string): boolean {
  return !verified.test(signatureAlgorithm)
}
