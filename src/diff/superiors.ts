import type { PairId } from '../model/desired.ts'
import type { PairDifference } from '../model/difference.ts'
import type { Superior } from '../x509/chain.ts'

/**
 * The authorities above a pair, nearest first: the certificate that stays, or what the policy wants of the one that will
 * be issued. Ends where nothing can be told.
 */
export function findSuperiors(
  authority: PairId | undefined,
  pairs: ReadonlyMap<PairId, PairDifference>,
): Superior[] {
  const above = authority === undefined ? undefined : pairs.get(authority)
  if (!above) return []
  const { pair, issue, current } = above
  if (issue) return [pair, ...findSuperiors(pair.authority, pairs)]
  if (!current) return []
  const supplied = pair.supplied ? (above.chain ?? []) : findSuperiors(pair.authority, pairs)
  return [current, ...supplied]
}
