import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { KeyType, PublicKey } from '../model/certificate.ts'

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

const blockPattern = /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----/g

/** A PEM private key: PKCS#8 (RFC 5958), PKCS#1, SEC 1, plain or encrypted. */
export function parsePrivateKey(bytes: Uint8Array, passphrase?: string): ParsedPrivateKey {
  const pem = Buffer.from(bytes).toString('latin1')
  const blocks = [...pem.matchAll(blockPattern)]
  if (blocks.length !== 1) return notAKey(describeBlocks(pem, blocks.length))
  const encrypted = blocks[0]?.[1] === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: 4,ENCRYPTED/m.test(pem)
  if (encrypted && passphrase === undefined)
    return {
      kind: 'unreadable',
      problem: 'passphrase-missing',
      detail: 'is encrypted, and no passphrase is known',
    }
  try {
    const key = createPrivateKey({
      key: pem,
      format: 'pem',
      ...(encrypted && passphrase ? { passphrase } : {}),
    })
    return { kind: 'private-key', key, publicKey: describePublicKey(encodeSpki(key)), encrypted }
  } catch {
    if (encrypted)
      return { kind: 'unreadable', problem: 'passphrase-wrong', detail: 'is not opened by its passphrase' }
    return notAKey('holds a private key that cannot be read')
  }
}

function describeBlocks(pem: string, count: number): string {
  if (pem.trim() === '') return 'is empty'
  return count === 0 ? 'holds no PEM private key' : `holds ${count} private keys`
}

function notAKey(detail: string): ParsedPrivateKey {
  return { kind: 'unreadable', problem: 'not-a-key', detail }
}

const curves: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 }

/** Type, size and SHA-256 of a DER SubjectPublicKeyInfo. */
export function describePublicKey(spki: Uint8Array): PublicKey {
  const spkiSha256 = createHash('sha256').update(spki).digest('hex')
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  const details = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'rsa') return { type: 'RSA', size: details.modulusLength ?? 0, spkiSha256 }
  if (key.asymmetricKeyType === 'ed25519') return { type: 'Ed25519', size: 256, spkiSha256 }
  const curve = curves[details.namedCurve ?? '']
  if (key.asymmetricKeyType === 'ec' && curve) return { type: 'ECDSA', size: curve, spkiSha256 }
  return { type: 'other', size: details.modulusLength ?? 0, spkiSha256 }
}

/** DER SubjectPublicKeyInfo of a private or public key. */
export function encodeSpki(key: KeyObject): Uint8Array {
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
