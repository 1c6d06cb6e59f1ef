import { constants, createPublicKey, randomBytes, verify } from 'node:crypto'
import type { PublicKey } from '../model/certificate.ts'
import type { SignatureScheme } from '../model/host.ts'
import { parsePublicKey } from './public-key.ts'
import { signatureSchemeFor } from './sign.ts'

/**
 * What a key is asked to sign, to show that whoever hands it out has its private half. It starts with a text, and so is
 * never a TBSCertificate, a request or a revocation list (DER sequences, 0x30), nor part of a handshake (RFC 8446 §4.4.3).
 */
export function makeChallenge(): Uint8Array {
  return Buffer.concat([Buffer.from('certwright: proof of possession\0'), randomBytes(32)])
}

/** What is wrong with a public key that a host hands out; empty: nothing, and it is of the wanted kind. */
export function findKeyFault(
  spki: Uint8Array,
  wanted?: Pick<PublicKey, 'type' | 'size'>,
): string | undefined {
  const found = describeKey(spki)
  if (!found) return 'what it hands out is no public key'
  if (wanted && (found.type !== wanted.type || found.size !== wanted.size))
    return `it hands out a key of type ${found.type}, ${found.size} bits, wanted ${wanted.type}, ${wanted.size} bits`
  if (!wanted) return undefined
  const exponent = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    .asymmetricKeyDetails?.publicExponent
  // Whoever knows a key with the exponent 1 signs with it (FIPS 186-5 §5.1 wants more than 2^16).
  if (exponent !== undefined && exponent < 65_537n) return `its public exponent is ${exponent}`
  return undefined
}

function describeKey(spki: Uint8Array): PublicKey | undefined {
  const parsed = parsePublicKey(spki)
  return parsed.kind === 'public-key' ? parsed.publicKey : undefined
}

/** How a public key signs, or undefined for one that certwright does not sign with. */
export function findScheme(spki: Uint8Array): SignatureScheme | undefined {
  const key = describeKey(spki)
  return key && key.type !== 'other' ? signatureSchemeFor(key) : undefined
}

const hashes: Readonly<Record<SignatureScheme, string | null>> = {
  'RSA-SHA256': 'sha256',
  'ECDSA-SHA256': 'sha256',
  'ECDSA-SHA384': 'sha384',
  'ECDSA-SHA512': 'sha512',
  Ed25519: null,
}

/** Whether a signature is the key's own. Never throws, whatever either of them is. */
export function isSignedBy(
  spki: Uint8Array,
  scheme: SignatureScheme,
  signed: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    const padding = scheme === 'RSA-SHA256' ? { padding: constants.RSA_PKCS1_PADDING } : {}
    return verify(hashes[scheme], signed, { key, ...padding }, signature)
  } catch {
    return false
  }
}
