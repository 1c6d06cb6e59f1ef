// What ansible-vault writes: its formats 1.1 and 1.2, AES256. Pure.
import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { SecretStore } from '../model/secret.ts'

const derive = promisify(pbkdf2)
const iterations = 10_000
const header = /^\$ANSIBLE_VAULT;(1\.[12]);(\w+)(?:;[^\r\n]*)?\r?\n([\da-fA-F\s]+)$/

export function isVault(text: string): boolean {
  return text.startsWith('$ANSIBLE_VAULT;')
}

/** Bytes as they are, or what is encrypted in them. */
export async function openBytes(
  bytes: Uint8Array,
  { decrypt }: Pick<SecretStore, 'decrypt'>,
): ReturnType<SecretStore['decrypt']> {
  const text = Buffer.from(bytes).toString('latin1')
  return isVault(text) ? decrypt(text) : { kind: 'text', text: bytes }
}

export type Opened =
  | { readonly kind: 'text'; readonly text: Uint8Array }
  | { readonly kind: 'wrong-password' }
  | { readonly kind: 'error'; readonly detail: string }

interface Envelope {
  readonly salt: Buffer
  readonly hmac: Buffer
  readonly ciphertext: Buffer
}

/** The text within an envelope of ansible-vault (its documentation, "Ansible Vault payload format 1.1 - 1.2"). */
export async function openVault(text: string, password: string): Promise<Opened> {
  const envelope = parseEnvelope(text)
  if (typeof envelope === 'string') return { kind: 'error', detail: envelope }
  const { salt, hmac, ciphertext } = envelope
  const derived = await derive(password, salt, iterations, 80, 'sha256')
  const found = createHmac('sha256', derived.subarray(32, 64)).update(ciphertext).digest()
  if (!timingSafeEqual(found, hmac)) return { kind: 'wrong-password' }
  const decipher = createDecipheriv('aes-256-ctr', derived.subarray(0, 32), derived.subarray(64, 80))
  const padded = Buffer.concat([decipher.update(ciphertext), decipher.final()])
  // PKCS #7 (RFC 5652 §6.3): the last byte counts the bytes added.
  return { kind: 'text', text: padded.subarray(0, padded.length - (padded.at(-1) ?? 0)) }
}

/** Two layers of hexadecimal: salt, HMAC and ciphertext, a line each. A text that is none is told as such. */
function parseEnvelope(text: string): Envelope | string {
  const [, , cipher, body] = header.exec(text.trimEnd()) ?? []
  if (body === undefined) return 'is damaged: this is no text of ansible-vault 1.1 or 1.2'
  if (cipher !== 'AES256') return `is encrypted with ${cipher}, and only AES256 is taken`
  const lines = Buffer.from(body.replace(/\s/g, ''), 'hex').toString('ascii').split('\n')
  const [salt, hmac, ciphertext] = lines.map((line) => Buffer.from(line, 'hex'))
  if (!salt?.length || hmac?.length !== 32 || !ciphertext?.length)
    return 'is damaged: a part of it is missing'
  return { salt, hmac, ciphertext }
}
