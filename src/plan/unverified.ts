import type { CertificateFact, HostActual } from '../model/actual.ts'
import type { Certificate } from '../model/certificate.ts'
import type { Reason } from '../model/change.ts'
import type { DesiredPair } from '../model/desired.ts'
import type { PairDifference } from '../model/difference.ts'
import { isIssuedBy } from '../x509/verify.ts'

/** A certificate that the authority beside it did not sign is not in order, whatever that authority is elsewhere. */
export function findUnverified(
  pair: DesiredPair,
  host: HostActual,
  pairs: readonly PairDifference[],
): Reason[] {
  if (pair.authority === undefined) return []
  const own = factOf(pair, host)
  const authority = pairs.find((each) => each.pair.id === pair.authority)?.pair
  const beside = authority && factOf(authority, host)
  if (own?.kind !== 'certificate' || beside?.kind !== 'certificate') return []
  const [certificate, ...above] = own.certificates
  const isAnchored = (each: Certificate) =>
    beside.certificates.some((anchor) => isIssuedBy(each, anchor).issued)
  // While a trust anchor is replaced, its file may hold two, and what it signs come with a bridge.
  const isBridged = above.some((each) => isIssuedBy(certificate, each).issued && isAnchored(each))
  const isVerified = isAnchored(certificate) || isBridged
  if (isVerified) return []
  const message = `${authority?.name} on this host did not sign it`
  return [{ code: 'issuer-differs', message, source: pair.source }]
}

function factOf(
  { placements }: DesiredPair,
  { host, certificates }: HostActual,
): CertificateFact | undefined {
  const placement = placements.find((each) => each.host === host)
  return placement && certificates[placement.certificate.path]
}
