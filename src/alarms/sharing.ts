// Pairs that several hosts share: which of them does not have it.
import type { Difference, PairDifference } from '../model/difference.ts'
import type { View } from './view.ts'

/**
 * Hosts that are to have a leaf of this one, and do not as far as is known: out of sight, or seen and not in line. Those
 * that are worked on will be. An authority has no successor as long as one of its hosts is out of sight.
 */
export function findBehind(host: string, { pairs, idleHosts }: Difference, view: View): string[] {
  const shared = pairs.filter(
    ({ pair, placements }) =>
      pair.kind === 'certificate' && placements.some(({ placement }) => placement.host === host),
  )
  const isLeft = (name: string) => view === 'left' || idleHosts.has(name)
  const others = shared.flatMap((each) => [...findAbsent(each), ...findDiffering(each, isLeft)])
  return [...new Set(others)].filter((name) => name !== host)
}

function findDiffering({ placements }: PairDifference, isLeft: (host: string) => boolean): string[] {
  return placements.flatMap(({ placement: { host }, files }) => {
    const differs = files.some(
      ({ write, withheld }) => withheld === 'content' || (write === 'content' && isLeft(host)),
    )
    return differs ? [host] : []
  })
}

/** Hosts that are out of sight and are to have the pair. */
export function findAbsent({ pair, placements }: PairDifference): string[] {
  const seen = new Set(placements.map(({ placement }) => placement.host))
  return pair.placements.flatMap(({ host }) => (seen.has(host) ? [] : [host]))
}

/** Hosts that have to get a pair which is made anew without them; told on those that get it. */
export function findOwing(host: string, { pairs }: Difference): { pair: string; cause: string }[] {
  return pairs.flatMap((each) => {
    const isWritten = each.placements.some(
      ({ placement, files }) => placement.host === host && files.some(({ write }) => write === 'content'),
    )
    if (!each.issue || !isWritten) return []
    return findAbsent(each).map((absent) => ({
      pair: each.pair.id,
      cause: `${absent} owes a copy of ${each.pair.name}: it could not be reached`,
    }))
  })
}
