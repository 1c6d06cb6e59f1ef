import type { Problem } from '../../model/change.ts'
import type { DesiredPair, SuppliedPair } from '../../model/desired.ts'
import { formatDate } from '../time.ts'
import type { FindHolds } from './hold.ts'

/** A custom CA whose time is over, or has not come: it is installed nowhere and signs nothing. What does not need it goes on. */
export const findSuppliedOutOfDate: FindHolds = ({ pairs, at }) =>
  pairs.flatMap(({ pair }) => {
    const found = pair.supplied && judge(pair, pair.supplied, at)
    if (!found) return []
    return pair.placements.map(({ address, host }) => ({
      held: [{ what: 'issue' as const, pair: pair.id }],
      problem: { address, host, ...found },
    }))
  })

function judge(
  { name }: DesiredPair,
  { certificates: [{ notBefore, notAfter }], source }: SuppliedPair,
  at: Date,
): Omit<Problem, 'address' | 'host'> | undefined {
  if (at.getTime() > Date.parse(notAfter))
    return {
      code: 'authority-expired',
      message: `the CA that is supplied as ${name} expired ${formatDate(notAfter)}`,
      hint: 'supply one that is still valid',
      source,
    }
  if (at.getTime() >= Date.parse(notBefore)) return undefined
  return {
    code: 'authority-not-yet-valid',
    message: `the CA that is supplied as ${name} is valid from ${formatDate(notBefore)}, and it is ${formatDate(at)}`,
    hint: 'wait, or set the clock right (or --at)',
    source,
  }
}
