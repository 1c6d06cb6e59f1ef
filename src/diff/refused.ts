import type { Problem } from '../model/change.ts'
import type { DesiredPair, PairId } from '../model/desired.ts'
import type { PairDifference } from '../model/difference.ts'
import { findRefusals } from '../x509/chain.ts'
import { sourceOf } from './comparison.ts'
import { findSuperiors } from './superiors.ts'

/** What the policy wants and its authorities do not allow: issuing it again would change nothing. */
export function findRefusedPairs(pairs: ReadonlyMap<PairId, PairDifference>): Problem[] {
  return [...pairs.values()].flatMap(({ pair }) => {
    const refusals = pair.supplied ? [] : findRefusals(pair, findSuperiors(pair.authority, pairs))
    return refusals.length === 0 ? [] : describe(pair, refusals)
  })
}

function describe(pair: DesiredPair, refusals: readonly string[]): Problem[] {
  return pair.placements.map(({ address, host }) => ({
    address,
    host,
    code: 'refused-by-authority',
    message: `peers would refuse ${pair.name}: ${refusals.join('; ')}`,
    hint: 'have it signed by another authority, or want less of it',
    source: sourceOf(pair, 'authority'),
  }))
}
