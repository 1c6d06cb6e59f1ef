import type { Certificate } from '../model/certificate.ts'
import type { DesiredPair } from '../model/desired.ts'
import type { AuthorityState } from './comparison.ts'

/**
 * notBefore lies this far back, for clocks that run behind: an hour, and of what lives for hours a tenth. A whole hour
 * would be more than half of what one of an hour lives, and have it renewed before it is issued.
 */
const backdateSeconds = 3600
const backdateShare = 10

/** From when on a certificate is renewed: always after it was issued, and before it expires. */
export function renewalTime(pair: DesiredPair, certificate: Certificate): Date {
  const notAfter = Date.parse(certificate.notAfter)
  const beforeMs =
    pair.renewBefore.kind === 'seconds'
      ? pair.renewBefore.seconds * 1000
      : ((notAfter - issuedAtMs(certificate)) * pair.renewBefore.percentage) / 100
  return new Date(notAfter - beforeMs)
}

/** When a certificate of these dates was issued, if it was here. A share of its lifetime is one of what came after that. */
function issuedAtMs(certificate: Certificate): number {
  const share = Math.floor(lifetimeSeconds(certificate) / (backdateShare + 1))
  return Date.parse(certificate.notBefore) + Math.min(backdateSeconds, share) * 1000
}

/** The validity of a certificate issued at `at`: never before its authority's nor beyond it (RFC 5280 §6.1 wants both valid). */
export function plannedWindow(
  pair: DesiredPair,
  authority: AuthorityState | undefined,
  at: Date,
): { notBefore: Date; notAfter: Date; clamped: boolean } {
  const start = Math.floor(at.getTime() / 1000) * 1000
  const earliest = authority?.notBefore.getTime() ?? Number.NEGATIVE_INFINITY
  const latest = authority?.notAfter.getTime() ?? Number.POSITIVE_INFINITY
  const wanted = start + pair.validitySeconds * 1000
  const end = Math.min(wanted, latest)
  const share = Math.max(0, Math.floor((end - start) / 1000 / backdateShare))
  const backdateMs = Math.min(backdateSeconds, share) * 1000
  return {
    notBefore: new Date(Math.max(start - backdateMs, earliest)),
    notAfter: new Date(end),
    clamped: wanted > latest,
  }
}

/** A lifetime that differs from the wanted by more than this, or by half, is worth a note. */
const toleranceSeconds = 86_400

/** Whether a certificate was made to live longer or shorter than is now wanted; living as long as its authority is as wanted. */
export function lifetimeDiffers(
  pair: DesiredPair,
  certificate: Certificate,
  authority: AuthorityState | undefined,
): boolean {
  const notAfter = Date.parse(certificate.notAfter)
  if (authority && notAfter === authority.notAfter.getTime()) return false
  const tolerated = Math.min(toleranceSeconds, pair.validitySeconds / 2)
  return Math.abs(lifetimeSeconds(certificate) - pair.validitySeconds) > tolerated
}

export function lifetimeSeconds(certificate: Certificate): number {
  return (Date.parse(certificate.notAfter) - Date.parse(certificate.notBefore)) / 1000
}
