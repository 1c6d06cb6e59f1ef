import { createHash, createPublicKey } from 'node:crypto'
import type { PublicKey } from '../model/certificate.ts'
import { type Cursor, MalformedError, openDer, openOnly, refuse, tags } from './der.ts'
import { bitLength, readOctets, readOid, readUnsigned } from './der-values.ts'

export type ParsedPublicKey =
  | { readonly kind: 'public-key'; readonly publicKey: PublicKey }
  /** `detail` completes "a key that …". */
  | { readonly kind: 'not-a-key'; readonly detail: string }

/**
 * A DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), classified from its bytes alone: Node aborts when it is asked for the
 * details of some keys that it has loaded, and no handler is called.
 */
export function parsePublicKey(spki: Uint8Array): ParsedPublicKey {
  try {
    return { kind: 'public-key', publicKey: readPublicKey(Buffer.from(spki)) }
  } catch (error) {
    if (error instanceof MalformedError) return { kind: 'not-a-key', detail: error.message }
    throw error
  }
}

const algorithms: Readonly<Record<string, (parameters: Cursor, bits: Buffer, spki: Buffer) => KeyKind>> = {
  '1.2.840.113549.1.1.1': readRsa,
  '1.2.840.10045.2.1': readElliptic,
  '1.3.101.112': readEd25519,
  '1.2.840.10040.4.1': readDsa,
}

type KeyKind = Pick<PublicKey, 'type' | 'size'>

/** Throws MalformedError. A well-formed key of an algorithm that certwright does not make is `other`. */
export function readPublicKey(spki: Buffer): PublicKey {
  const fields = openOnly(spki, tags.sequence, 'its public key')
  const algorithm = openDer(fields.take(tags.sequence, "its key's algorithm").content)
  const bits = readOctets(fields.take(tags.bitString, 'its public key'), 'a public key')
  fields.end('its public key')
  const oid = readOid(algorithm.take(tags.oid, "its key's algorithm"), "its key's algorithm")
  const read = algorithms[oid]
  const kind = read ? read(algorithm, bits, spki) : ({ type: 'other', size: 0 } as const)
  if (read) algorithm.end("its key's parameters")
  return { ...kind, spkiSha256: createHash('sha256').update(spki).digest('hex') }
}

/** OpenSSL verifies with no larger modulus (OPENSSL_RSA_MAX_MODULUS_BITS); time grows with its cube. */
export const maximumRsaBits = 16_384

/** RFC 3279 §2.3.1; Go reads no exponent above 31 bits, and no RSA works with an even number. */
function readRsa(parameters: Cursor, bits: Buffer): KeyKind {
  if (!parameters.takeOptional(tags.null, "its key's parameters")?.content.equals(Buffer.alloc(0)))
    refuse('has an RSA key without NULL parameters')
  const numbers = openOnly(bits, tags.sequence, 'its RSA key')
  const modulus = readUnsigned(numbers.take(tags.integer, 'its RSA modulus'), 'RSA modulus')
  const exponent = readUnsigned(numbers.take(tags.integer, 'its RSA exponent'), 'RSA exponent')
  numbers.end('its RSA key')
  return { type: 'RSA', size: checkRsa(modulus, exponent) }
}

/** Bits of the modulus. Throws MalformedError for numbers that no RSA key has. */
export function checkRsa(modulus: Buffer, exponent: Buffer): number {
  const size = bitLength(modulus)
  if (size > maximumRsaBits)
    refuse(`has an RSA key of ${size} bits, and nobody takes more than ${maximumRsaBits}`)
  const isOdd = (number: Buffer) => ((number.at(-1) ?? 0) & 1) === 1
  if (size < 512 || !isOdd(modulus)) refuse('has an RSA key with a modulus that cannot be one')
  if (bitLength(exponent) < 2 || bitLength(exponent) > 31 || !isOdd(exponent))
    refuse('has an RSA key with an exponent that cannot be one')
  return size
}

/** Named curves (RFC 5480 §2.1.1.1) that Go knows. It takes P-224 as well, which is not made here. */
export const curves: Readonly<Record<string, { readonly type: 'ECDSA' | 'other'; readonly size: number }>> = {
  '1.3.132.0.33': { type: 'other', size: 224 },
  '1.2.840.10045.3.1.7': { type: 'ECDSA', size: 256 },
  '1.3.132.0.34': { type: 'ECDSA', size: 384 },
  '1.3.132.0.35': { type: 'ECDSA', size: 521 },
}

/** An uncompressed point on the curve. OpenSSL says whether it is on it: for these curves and lengths, loading is safe. */
function readElliptic(parameters: Cursor, bits: Buffer, spki: Buffer): KeyKind {
  const name = parameters.takeOptional(tags.oid, 'its curve') ?? refuse('has a key on a curve without a name')
  const curve = curves[readOid(name, 'its curve')] ?? refuse('has a key on a curve that Go does not know')
  if (bits[0] !== 4 || bits.length !== 1 + 2 * Math.ceil(curve.size / 8))
    refuse('has a key that is no uncompressed point')
  try {
    createPublicKey({ key: spki, format: 'der', type: 'spki' })
  } catch {
    refuse('has a key that is not on its curve')
  }
  return curve
}

/** RFC 8410 §4: 32 octets, no parameters. */
function readEd25519(parameters: Cursor, bits: Buffer): KeyKind {
  if (!parameters.isDone()) refuse('has an Ed25519 key with parameters')
  return bits.length === 32 ? { type: 'Ed25519', size: 256 } : refuse('has an Ed25519 key of another length')
}

/** RFC 3279 §2.3.2. Negative numbers in it are what Node aborts on. */
function readDsa(parameters: Cursor, bits: Buffer): KeyKind {
  const numbers = openDer(parameters.take(tags.sequence, 'its DSA parameters').content)
  const [p] = ['p', 'q', 'g'].map((what) => readPositive(numbers, what))
  numbers.end('its DSA parameters')
  const key = openDer(bits)
  readPositive(key, 'y')
  key.end('its DSA key')
  return { type: 'other', size: p === undefined ? 0 : bitLength(p) }
}

function readPositive(numbers: Cursor, what: string): Buffer {
  const number = readUnsigned(numbers.take(tags.integer, `its DSA ${what}`), `DSA ${what}`)
  return bitLength(number) > 0 ? number : refuse(`has a DSA key with a ${what} of zero`)
}
