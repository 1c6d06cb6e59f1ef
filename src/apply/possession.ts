// Before an authority signs: the key that a host hands out is of the wanted kind, and the host has its private half.
// Hosts are believed what they say of themselves, and nothing that an authority would put its name to.
import type { PublicKey } from '../model/certificate.ts'
import type { SignatureScheme } from '../model/host.ts'
import { findKeyFault, findScheme, isSignedBy, makeChallenge } from '../x509/possession.ts'
import { TaskError } from './context.ts'

export type Sign = (scheme: SignatureScheme, tbs: Uint8Array) => Promise<Uint8Array>

/** An authority puts its name to no key but one of the wanted kind. */
export function requireKey(spki: Uint8Array, wanted?: Pick<PublicKey, 'type' | 'size'>): void {
  const fault = findKeyFault(spki, wanted)
  if (fault !== undefined) throw new TaskError(fault)
}

/** Nor to one that whoever asks for it cannot sign with. */
export async function provePossession(spki: Uint8Array, sign: Sign): Promise<void> {
  const scheme = findScheme(spki)
  if (!scheme) throw new TaskError('its key is of a type that cannot sign')
  const challenge = makeChallenge()
  if (!isSignedBy(spki, scheme, challenge, await sign(scheme, challenge)))
    throw new TaskError('it hands out a public key, and does not prove that it has the private one')
}

/** What a signer answers is no certificate before its signature has been looked at. */
export function verified(sign: Sign, spki: Uint8Array): Sign {
  return async (scheme, tbs) => {
    const signature = await sign(scheme, tbs)
    if (isSignedBy(spki, scheme, tbs, signature)) return signature
    throw new TaskError("what the signer answers is no signature by the authority's key")
  }
}
