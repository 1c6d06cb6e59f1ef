import type { Certificate } from '../model/certificate.ts'
import type { DesiredPair } from '../model/desired.ts'
import type { AuthorityState } from './comparison.ts'

/** notBefore lies this far back, for clocks that run behind. */
export const backdateSeconds = 3600

/** From when on a certificate is renewed. */
export function renewalTime(pair: DesiredPair, certificate: Certificate): Date {
  const notBefore = Date.parse(certificate.notBefore)
  const notAfter = Date.parse(certificate.notAfter)
  const beforeMs =
    pair.renewBefore.kind === 'seconds'
      ? pair.renewBefore.seconds * 1000
      : ((notAfter - notBefore) * pair.renewBefore.percentage) / 100
  return new Date(notAfter - beforeMs)
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
  return {
    notBefore: new Date(Math.max(start - backdateSeconds * 1000, earliest)),
    notAfter: new Date(Math.min(wanted, latest)),
    clamped: wanted > latest,
  }
}

/** A lifetime that differs from the wanted by more than this is worth a note. */
const toleranceSeconds = 86_400

/** Whether a certificate was made to live longer or shorter than is now wanted; living as long as its authority is as wanted. */
export function lifetimeDiffers(
  pair: DesiredPair,
  certificate: Certificate,
  authority: AuthorityState | undefined,
): boolean {
  const notAfter = Date.parse(certificate.notAfter)
  if (authority && notAfter === authority.notAfter.getTime()) return false
  return Math.abs(lifetimeSeconds(certificate) - pair.validitySeconds) > toleranceSeconds
}

export function lifetimeSeconds(certificate: Certificate): number {
  return (Date.parse(certificate.notAfter) - Date.parse(certificate.notBefore)) / 1000
}
