import type { DesiredKey } from '../model/desired.ts'
import { findKeys, type PairContext } from './pair-context.ts'
import type { RawAuthority, RawCertificate } from './policy.ts'
import { complain } from './reading.ts'
import { isSecretReference, isVaultReference, secretHint } from './yaml-scalar.ts'

const allowedSizes: Readonly<Record<DesiredKey['type'], (size: number) => boolean>> = {
  RSA: (size) => size >= 2048 && size <= 8192 && size % 8 === 0,
  ECDSA: (size) => [256, 384, 521].includes(size),
  Ed25519: (size) => size === 256,
}
const sizeHints = { RSA: '2048 to 8192', ECDSA: '256, 384 or 521', Ed25519: 'leave the size out' }

export function readKey(context: PairContext, raw: RawAuthority | RawCertificate): DesiredKey | undefined {
  const merged = { ...context.defaults.private_key, ...raw.private_key }
  const type = merged.type ?? 'RSA'
  // A size in the defaults is meant for the type beside it.
  const stated = raw.private_key?.size ?? (raw.private_key?.type === undefined ? merged.size : undefined)
  const size = type === 'Ed25519' ? 256 : (stated ?? (type === 'RSA' ? 4096 : 256))
  if (!allowedSizes[type](size)) {
    const message = `an ${type} key cannot have ${size} bits`
    return complain(context, findKeys(context, 'private_key', 'size'), {
      code: 'invalid-key-size',
      message,
      hint: sizeHints[type],
    })
  }
  const passphrase = merged.passphrase
  if (passphrase !== undefined && !isSecretReference(passphrase) && !isVaultReference(passphrase)) {
    const hint = secretHint
    const complaint = {
      code: 'invalid-passphrase-reference',
      message: 'this does not say where the passphrase is',
      hint,
    }
    return complain(context, findKeys(context, 'private_key', 'passphrase'), complaint)
  }
  return {
    type,
    size,
    rotation: merged.rotation ?? 'always',
    ...(passphrase === undefined ? {} : { passphrase }),
  }
}
