// What the parts of a rotation have in common: what may be done, how long it has lasted, and what is looked at. Pure.
import type { Certificate } from '../../model/certificate.ts'
import type { DesiredPair, RotateRequest } from '../../model/desired.ts'
import type { Rival, Rotation } from '../../model/difference.ts'
import { mayRead } from '../holds/hold.ts'
import type { PairContext } from '../pair.ts'
import { listParts } from '../parts.ts'
import { findRivals } from '../rivals.ts'
import type { Generations } from './generations.ts'
import type { Standing } from './standing.ts'

export type RotationContext = PairContext & {
  /** `none`: nothing may go on, whatever the policy says. */
  readonly wish: RotateRequest['wish'] | 'none' | undefined
}

/** Whether this run may go on with what it finds. */
export function mayAdvance({ rotation }: DesiredPair, { wish }: RotationContext): boolean {
  return wish === undefined ? rotation?.start === 'automatic' : wish !== 'none'
}

export function standingOf(
  pair: DesiredPair,
  generations: Generations,
  { actual, holds, services, leaves, at }: PairContext,
): Standing {
  const own = new Set([pair.id, ...leaves.map(({ id }) => id)])
  return {
    pair,
    generations,
    leaves,
    services: services.filter(
      ({ uses, probe }) =>
        uses.some((use) => own.has(use.pair)) ||
        (probe?.kind === 'tls' && probe.expect !== undefined && own.has(probe.expect)),
    ),
    observe: (host) => {
      const fact = actual.hosts[host]
      return fact?.kind === 'observed' && mayRead(holds, host) ? fact : undefined
    },
    at,
  }
}

export function sinceOf(
  { rotation }: DesiredPair,
  { sinceMs }: Pick<Generations, 'sinceMs'>,
  { at }: PairContext,
): Pick<Rotation, 'since' | 'isOverdue'> {
  if (sinceMs === undefined) return { isOverdue: false }
  const isOverdue = at.getTime() - sinceMs > (rotation?.overdueSeconds ?? Number.POSITIVE_INFINITY) * 1000
  return { since: new Date(sinceMs), isOverdue }
}

/** Other authorities where this one belongs, which nobody has asked to take away: neither of its generations. */
export function rivalsOf(
  pair: DesiredPair,
  generations: readonly (Certificate | undefined)[],
  context: PairContext,
): readonly Rival[] {
  const parts = listParts(pair, context.actual, (host) => mayRead(context.holds, host))
  return findRivals(pair, new Set(generations.map((each) => each?.publicKey.spkiSha256)), parts, context)
}
