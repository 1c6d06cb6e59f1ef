import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { KeyType, PublicKey } from '../model/certificate.ts'
import { MalformedError, refuse } from './der.ts'
import { type PemBlock, readPem } from './pem.ts'
import { checkPkcs8, checkPrivateKey } from './private-key.ts'
import { parsePublicKey, readPublicKey } from './public-key.ts'

export type ParsedPrivateKey =
  | {
      readonly kind: 'private-key'
      readonly key: KeyObject
      readonly publicKey: PublicKey
      readonly encrypted: boolean
    }
  | {
      readonly kind: 'unreadable'
      readonly problem: 'not-a-key' | 'passphrase-missing' | 'passphrase-wrong'
      /** Completes "PATH …". Never content of the file. */
      readonly detail: string
    }

/** A PEM private key: PKCS#8 (RFC 5958), PKCS#1, SEC 1, plain or encrypted. */
export function parsePrivateKey(bytes: Uint8Array, passphrase?: string): ParsedPrivateKey {
  const text = Buffer.from(bytes).toString('latin1')
  const reading = readPem(text)
  if (reading.kind === 'malformed') return notAKey(reading.detail)
  const [block, ...others] = reading.blocks.filter(({ label }) => /(^| )PRIVATE KEY$/.test(label))
  if (!block || others.length > 0) return notAKey(describeBlocks(text, block ? others.length + 1 : 0))
  const encrypted =
    block.label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: ?4,ENCRYPTED$/.test(block.headers[0] ?? '')
  if (encrypted && passphrase === undefined)
    return {
      kind: 'unreadable',
      problem: 'passphrase-missing',
      detail: 'is encrypted, and no passphrase is known',
    }
  try {
    const key = openKey(block, encrypted ? passphrase : undefined)
    return { kind: 'private-key', key, publicKey: readPublicKey(encodeSpki(key)), encrypted }
  } catch (error) {
    if (error instanceof MalformedError) return notAKey(describeFault(error))
    if (encrypted)
      return { kind: 'unreadable', problem: 'passphrase-wrong', detail: 'is not opened by its passphrase' }
    return notAKey(unreadableKey)
  }
}

/** What is plain is judged before OpenSSL sees it, what was encrypted before Node is asked about it. */
function openKey(block: PemBlock, passphrase: string | undefined): KeyObject {
  const der = block.der() ?? refuse('cannot be read: it is no base64')
  const isLegacy = block.headers.length > 0
  if (!isLegacy) checkPrivateKey(block.label, der)
  if (passphrase === undefined) {
    if (isLegacy) refuse('cannot be read: it has headers')
    return createPrivateKey({ key: block.text, format: 'pem' })
  }
  const key = createPrivateKey({ key: block.text, format: 'pem', passphrase })
  checkPkcs8(key.export({ type: 'pkcs8', format: 'der' }))
  return key
}

const unreadableKey = 'holds a private key that cannot be read'

function describeFault({ message }: MalformedError): string {
  return message.startsWith('cannot be read') ? unreadableKey : `holds a private key that ${message}`
}

function describeBlocks(pem: string, count: number): string {
  if (pem.trim() === '') return 'is empty'
  return count === 0 ? 'holds no PEM private key' : `holds ${count} private keys`
}

function notAKey(detail: string): ParsedPrivateKey {
  return { kind: 'unreadable', problem: 'not-a-key', detail }
}

/**
 * Type, size and SHA-256 of a DER SubjectPublicKeyInfo. Whatever is none reads `other`, of no size: who has to tell it
 * from a key of another kind asks parsePublicKey.
 */
export function describePublicKey(spki: Uint8Array): PublicKey {
  const parsed = parsePublicKey(spki)
  if (parsed.kind === 'public-key') return parsed.publicKey
  return { type: 'other', size: 0, spkiSha256: createHash('sha256').update(spki).digest('hex') }
}

/** DER SubjectPublicKeyInfo of a private or public key. */
export function encodeSpki(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  return publicKey.export({ type: 'spki', format: 'der' })
}

/** PKCS#8 PEM; encrypted (PBES2, AES-256) when there is a passphrase. */
export function encodePrivateKey(key: KeyObject, passphrase?: string): Uint8Array {
  const pem = key.export({
    type: 'pkcs8',
    format: 'pem',
    ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
  })
  return Buffer.from(pem)
}

const generate = promisify(generateKeyPair)
const curveNames: Readonly<Record<number, string>> = { 256: 'P-256', 384: 'P-384', 521: 'P-521' }

/** A new key, made on the thread pool: RSA 4096 takes about a second of CPU. */
export async function generatePrivateKey({
  type,
  size,
}: {
  type: KeyType
  size: number
}): Promise<KeyObject> {
  if (type === 'RSA')
    return (await generate('rsa', { modulusLength: size, publicExponent: 0x10001 })).privateKey
  if (type === 'Ed25519') return (await generate('ed25519')).privateKey
  const namedCurve = curveNames[size]
  if (namedCurve === undefined) throw new RangeError(`there is no curve of ${size} bits`)
  return (await generate('ec', { namedCurve })).privateKey
}
