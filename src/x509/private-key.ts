import { createECDH } from 'node:crypto'
import { type Cursor, contextTag, openDer, openOnly, refuse, tags } from './der.ts'
import { bitLength, readOctets, readOid, readSmall, readUnsigned } from './der-values.ts'
import { checkRsa, curves, maximumRsaBits } from './public-key.ts'

/** By the label of its PEM block. Each throws MalformedError for what Node must not be asked about. */
const checks: Readonly<Record<string, (der: Buffer) => void>> = {
  'PRIVATE KEY': checkPkcs8,
  'RSA PRIVATE KEY': checkPkcs1,
  'EC PRIVATE KEY': (der) => checkSec1(der, undefined),
  'ENCRYPTED PRIVATE KEY': checkEncryption,
}

export function checkPrivateKey(label: string, der: Buffer): void {
  const check = checks[label] ?? refuse('is of a kind that is not supported')
  check(der)
}

/** PrivateKeyInfo, RFC 5958 §2; attributes and a public key may follow. */
export function checkPkcs8(der: Buffer): void {
  const fields = openOnly(der, tags.sequence, 'its PKCS#8')
  if (readSmall(fields.take(tags.integer, 'its version'), 'a version') > 1) refuse('is of an unknown version')
  const algorithm = openDer(fields.take(tags.sequence, 'its algorithm').content)
  const { content } = fields.take(tags.octetString, 'its key')
  fields.takeOptional(contextTag(0, 'constructed'), 'its attributes')
  fields.takeOptional(contextTag(1, 'primitive'), 'its public key')
  fields.end('its PKCS#8')
  const oid = readOid(algorithm.take(tags.oid, 'its algorithm'), 'its algorithm')
  if (oid === '1.2.840.113549.1.1.1') checkPkcs1(content)
  else if (oid === '1.2.840.10045.2.1') checkSec1(content, readCurve(algorithm))
  else if (oid === '1.3.101.112') checkSeed(content)
  else refuse('is of a kind that is not supported')
}

/** CurvePrivateKey, RFC 8410 §7. */
function checkSeed(content: Buffer): void {
  const cursor = openDer(content)
  const seed = cursor.take(tags.octetString, 'its Ed25519 key').content
  cursor.end('its Ed25519 key')
  if (seed.length !== 32) refuse('is an Ed25519 key of another length')
}

const rsaNumbers = ['n', 'e', 'd', 'p', 'q', 'dP', 'dQ', 'qInv'] as const

/** RSAPrivateKey with two primes, RFC 8017 §A.1.2. The numbers have to belong together: Go checks, OpenSSL does not. */
function checkPkcs1(der: Buffer): void {
  const fields = openOnly(der, tags.sequence, 'its RSA key')
  if (readSmall(fields.take(tags.integer, 'its version'), 'a version') !== 0)
    refuse('is an RSA key of more than two primes')
  const bytes = rsaNumbers.map((name) => readUnsigned(fields.take(tags.integer, `its ${name}`), name))
  fields.end('its RSA key')
  if (bytes.some((each) => bitLength(each) > maximumRsaBits)) refuse('has an RSA key that is too large')
  const [modulus = Buffer.alloc(0), exponent = Buffer.alloc(0)] = bytes
  checkRsa(modulus, exponent)
  const [n = 0n, e = 0n, d = 0n, p = 0n, q = 0n, dP, dQ, qInv = 0n] = bytes.map(toNumber)
  const belongs =
    p > 1n &&
    q > 1n &&
    p * q === n &&
    [p, q].every((prime) => (d * e) % (prime - 1n) === 1n) &&
    d % (p - 1n) === dP &&
    d % (q - 1n) === dQ &&
    (qInv * q) % p === 1n
  if (!belongs) refuse('has numbers that do not belong together')
}

function toNumber(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex') || '0'}`)
}

function readCurve(algorithm: Cursor): string {
  const name = algorithm.takeOptional(tags.oid, 'its curve') ?? refuse('is on a curve without a name')
  const curve = readOid(name, 'its curve')
  return curves[curve]?.type === 'ECDSA' ? curve : refuse('is on a curve that is not supported')
}

const opensslCurves: Readonly<Record<string, string>> = {
  '1.2.840.10045.3.1.7': 'prime256v1',
  '1.3.132.0.34': 'secp384r1',
  '1.3.132.0.35': 'secp521r1',
}

/**
 * ECPrivateKey, RFC 5915 §3. A public key inside has to be the private one's: OpenSSL believes it, and would call a
 * certificate its own that it cannot sign for.
 */
function checkSec1(der: Buffer, outerCurve: string | undefined): void {
  const fields = openOnly(der, tags.sequence, 'its EC key')
  if (readSmall(fields.take(tags.integer, 'its version'), 'a version') !== 1)
    refuse('is of an unknown version')
  const secret = fields.take(tags.octetString, 'its key').content
  const parameters = fields.takeOptional(contextTag(0, 'constructed'), 'its curve')
  const point = fields.takeOptional(contextTag(1, 'constructed'), 'its public key')
  fields.end('its EC key')
  const innerCurve = parameters && readCurve(openDer(parameters.content))
  const curve = outerCurve ?? innerCurve ?? refuse('is on a curve without a name')
  if (innerCurve !== undefined && innerCurve !== curve) refuse('is on two curves')
  const expected = derivePoint(curve, secret)
  if (!point) return
  const bits = openDer(point.content).take(tags.bitString, 'its public key')
  if (!readOctets(bits, 'a public key').equals(expected)) refuse('has a public key that is not its own')
}

function derivePoint(curve: string, secret: Buffer): Buffer {
  const ecdh = createECDH(opensslCurves[curve] ?? '')
  if (secret.length > Math.ceil((curves[curve]?.size ?? 0) / 8)) refuse('is longer than its curve')
  try {
    ecdh.setPrivateKey(secret)
    return ecdh.getPublicKey()
  } catch {
    return refuse('is not in the range of its curve')
  }
}

/** About five seconds of PBKDF2 with SHA-256; OpenSSL itself writes 2048 rounds. */
const maximumRounds = 10_000_000
/** N·r·p of scrypt, about two seconds; OpenSSL itself writes 2¹⁷, and bounds the memory alone. */
const maximumScryptCost = 2 ** 23

/**
 * EncryptedPrivateKeyInfo, RFC 5958 §3: how long its key derivation takes is the stranger's to choose, and nothing ends
 * a derivation that has begun.
 */
function checkEncryption(der: Buffer): void {
  const fields = openOnly(der, tags.sequence, 'its PKCS#8')
  const algorithm = openDer(fields.take(tags.sequence, 'its encryption').content)
  fields.take(tags.octetString, 'its key')
  fields.end('its PKCS#8')
  const scheme = readOid(algorithm.take(tags.oid, 'its encryption'), 'its encryption')
  const parameters = openDer(algorithm.take(tags.sequence, 'its encryption').content)
  if (scheme === '1.2.840.113549.1.5.13')
    checkDerivation(openDer(parameters.take(tags.sequence, 'its key derivation').content))
  else checkWork(parameters, 1, maximumRounds)
}

/** Of PBES2, RFC 8018 §A.4: PBKDF2, or scrypt (RFC 7914 §7). */
function checkDerivation(derivation: Cursor): void {
  const kdf = readOid(derivation.take(tags.oid, 'its key derivation'), 'its key derivation')
  const parameters = openDer(derivation.take(tags.sequence, 'its key derivation').content)
  if (kdf === '1.3.6.1.4.1.11591.4.11') checkWork(parameters, 3, maximumScryptCost)
  else checkWork(parameters, 1, maximumRounds)
}

/** A salt, then so many numbers that multiply to the work: PBKDF2, PBES1 and PKCS#12 have one, scrypt three. */
function checkWork(parameters: Cursor, factors: number, maximum: number): void {
  parameters.take(tags.octetString, 'its salt')
  let work = 1
  for (let factor = 0; factor < factors; factor += 1)
    work *= readSmall(parameters.take(tags.integer, 'its rounds'), 'number of rounds')
  if (work > maximum) refuse('is encrypted so that opening it takes too long')
}
