import type { DesiredPair, PairId } from '../../model/desired.ts'
import type { PairDifference } from '../../model/difference.ts'
import { findRefusals } from '../../x509/chain.ts'
import { sourceOf } from '../comparison.ts'
import { findSuperiors } from '../superiors.ts'
import type { FindHolds, Hold } from './hold.ts'

/** What the policy wants and its authorities do not allow: issuing it again would change nothing. */
export const findRefused: FindHolds = ({ pairs }) => {
  const byId: ReadonlyMap<PairId, PairDifference> = new Map(pairs.map((each) => [each.pair.id, each]))
  return pairs.flatMap(({ pair }) => {
    const refusals = pair.supplied ? [] : findRefusals(pair, findSuperiors(pair.authority, byId))
    return refusals.length === 0 ? [] : describe(pair, refusals)
  })
}

function describe(pair: DesiredPair, refusals: readonly string[]): Hold[] {
  return pair.placements.map(({ address, host }) => ({
    held: [{ what: 'issue', pair: pair.id }],
    problem: {
      address,
      host,
      code: 'refused-by-authority',
      message: `peers would refuse ${pair.name}: ${refusals.join('; ')}`,
      hint: 'have it signed by another authority, or want less of it',
      source: sourceOf(pair, 'authority'),
    },
  }))
}
