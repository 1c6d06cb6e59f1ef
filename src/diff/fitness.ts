// What a candidate is good for. Pure.
import { type Reason, type ReasonCode, timeReasons } from '../model/change.ts'
import type { DesiredPair } from '../model/desired.ts'
import type { Candidate } from './candidates.ts'
import { findCertificate, findPublicKey } from './comparison.ts'

export function isInOrder({ reasons }: Candidate): boolean {
  return reasons.length === 0
}

/** Certificate and key belong together. */
export function isWhole({ comparison }: Candidate): boolean {
  const spkiSha256 = findCertificate(comparison)?.publicKey.spkiSha256
  return spkiSha256 !== undefined && spkiSha256 === findPublicKey(comparison)?.spkiSha256
}

/** What time brings about cannot wait for somebody to look at another host. */
export function isDue({ reasons }: Candidate): boolean {
  return reasons.some(({ code }) => timeReasons.has(code))
}

/** With one of these it is of no use to anybody: no client would take it, and no authority may sign with it. */
const fatal: ReadonlySet<ReasonCode> = new Set([
  'missing',
  'not-a-certificate',
  'expired',
  'authority-expired',
  'not-yet-valid',
  'authority-not-yet-valid',
  'key-mismatch',
  'authority-key-mismatch',
  'not-an-authority',
  'peers-refuse',
])

export function canServe({ reasons }: Candidate): boolean {
  return !reasons.some(({ code }: Reason) => fatal.has(code))
}

export function hasWantedKey({ key }: DesiredPair, candidate: Candidate): boolean {
  const found = findPublicKey(candidate.comparison)
  return key.rotation === 'never' && found?.type === key.type && found.size === key.size
}
