import type { HostActual } from '../../model/actual.ts'
import type { DesiredPair, Placement } from '../../model/desired.ts'
import { sourceOf } from '../comparison.ts'
import { formatDate } from '../time.ts'
import { type FindHolds, findObserved, type Hold } from './hold.ts'

/**
 * An authority from the future means a clock from the past: nothing is signed by such a clock, and it is not replaced.
 * Told where it stands with its key: without that it is a copy, which is put right like any other.
 */
export const findAuthoritiesOfTheFuture: FindHolds = (situation) =>
  situation.pairs.flatMap(({ pair }) =>
    pair.kind !== 'authority'
      ? []
      : pair.placements.flatMap((placement) => {
          const host = findObserved(situation, placement.host)
          return host && isWhole(placement, host) ? judge(pair, placement, host, situation.at) : []
        }),
  )

function isWhole({ certificate, privateKey }: Placement, host: HostActual): boolean {
  const found = host.certificates[certificate.path]
  const key = privateKey && host.privateKeys[privateKey.path]
  if (found?.kind !== 'certificate' || key?.kind !== 'private-key') return false
  return found.certificates[0].publicKey.spkiSha256 === key.publicKey.spkiSha256
}

function judge(pair: DesiredPair, placement: Placement, host: HostActual, at: Date): Hold[] {
  const { path } = placement.certificate
  const fact = host.certificates[path]
  if (fact?.kind !== 'certificate') return []
  const [certificate] = fact.certificates
  if (at.getTime() >= Date.parse(certificate.notBefore)) return []
  return [
    {
      held: [
        { what: 'placement', pair: pair.id, host: placement.host },
        { what: 'issue', pair: pair.id },
      ],
      problem: {
        address: placement.address,
        host: placement.host,
        path,
        code: 'authority-not-yet-valid',
        message: `${path} is valid from ${formatDate(certificate.notBefore)}, and it is ${formatDate(at)}`,
        hint: 'set the clock right (or --at); if the authority is wrong, move it away',
        source: sourceOf(pair, 'certificate'),
      },
    },
  ]
}
