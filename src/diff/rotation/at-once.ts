// Without an overlap: another trust anchor takes the place of the present one in the same run as all that it has signed.
// Whoever cannot follow in this run is cut off until it does: that is what was asked for, and it is told. Decides only.
import type { DesiredPair } from '../../model/desired.ts'
import type { PairDifference, Rotation, RotationWait, WithheldIssue } from '../../model/difference.ts'
import { nextSubject } from '../../x509/generation.ts'
import { findStraggler } from '../obstacles.ts'
import { comparePair, type PairContext } from '../pair.ts'
import { standingOf } from './context.ts'
import { findMains, seenIn } from './generations.ts'
import { compareWaiting } from './places.ts'
import { askedFor, asOld } from './prepare.ts'
import { describeHosts } from './standing.ts'

/** The old one goes to the place of the previous one, so that its refusal can be proved before it is destroyed. */
export function compareAtOnce(pair: DesiredPair, context: PairContext): PairDifference[] {
  const { at } = context
  const [old] = findMains(pair, seenIn(context))
  // Nothing is there yet, or what is supplied is there already.
  if (!old || pair.supplied) return [comparePair(pair, context)]
  const subject = nextSubject(pair.subject, at)
  const another: DesiredPair = { ...pair, subject, key: { ...pair.key, rotation: 'always' } }
  const main = comparePair(another, { ...context, forced: askedFor(pair) })
  const generations = { wanted: old, isMoved: true, isSeenByAll: true, bridges: [] }
  const rotation: Rotation = {
    method: 'bundle',
    why: 'everything at once, as was asked',
    phase: 'distrust',
    advances: main.issue !== undefined,
    isAtOnce: true,
    other: old,
    hosts: describeHosts(standingOf(pair, generations, context)).map(asOld),
    waits: findWaits(main.withheld),
    isOverdue: false,
  }
  if (!main.issue) return [{ ...main, pair, rotation }]
  const previous = compareWaiting(pair, 'previous', { certificate: old, bridges: [] }, context)
  return [{ ...main, rotation, notes: [...main.notes, ...noteStragglers(pair, context)] }, previous]
}

function findWaits(withheld: WithheldIssue | undefined): RotationWait[] {
  const hosts = withheld?.hosts ?? []
  return hosts.map((host) => ({ host, what: 'unobserved', message: `${host}, which has to take part in it` }))
}

function noteStragglers(pair: DesiredPair, { signs, holds }: PairContext): string[] {
  const { followers = [] } = findStraggler(pair, signs, holds) ?? {}
  return followers.length === 0
    ? []
    : [`left with the old one, and cut off until they can follow: ${followers.join(', ')}`]
}
