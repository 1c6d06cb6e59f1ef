// The way back: what is wanted and what is to be distrusted exchange their places; the rest follows by itself. Pure.
import type { DesiredPair } from '../../model/desired.ts'
import type { PairDifference } from '../../model/difference.ts'
import { isHeld, mayRead } from '../holds/hold.ts'
import { comparePlacements, type PairContext } from '../pair.ts'
import { findBridge, findMethod } from './bridging.ts'
import { sinceOf, standingOf } from './context.ts'
import { followPhase } from './files.ts'
import { findKey, type Generations } from './generations.ts'
import { compareRemoved, compareWaiting } from './places.ts'
import { describeHosts } from './standing.ts'

/** Nothing else changes in the same run: what the next one finds is a rotation to where it came from. */
export function compareTurn(
  pair: DesiredPair,
  generations: Generations,
  context: PairContext,
): PairDifference[] {
  const { wanted, other, isMoved, bridges } = generations
  const { actual, holds, at } = context
  const first = isMoved || !other ? wanted : other
  const turned: Generations = { ...generations, wanted: other ?? wanted, ...(other ? { other: wanted } : {}) }
  const method = findMethod(pair, turned, context)
  const bridge = findBridge(first, generations, at)
  const seen = { actual, mayRead: (host: string) => mayRead(holds, host) }
  const origin = findKey(pair, first.publicKey.spkiSha256, seen)
  const main: PairDifference = {
    pair,
    play: context.play,
    rivals: [],
    ...(origin ? { origin } : {}),
    current: first,
    chain: [],
    placements: comparePlacements(
      pair,
      { ...context, follow: followPhase({ generations, phase: 'turn', advances: false, first, chain: [] }) },
      { kind: 'pair', certificate: first, ...(origin ? { spkiSha256: first.publicKey.spkiSha256 } : {}) },
    ),
    notes: [],
    signs: {
      certificate: first,
      others: other ? [wanted, other].filter((each) => each !== first) : [],
      ...(origin ? { origin } : {}),
      ...(bridge ? { bridge } : {}),
    },
    rotation: {
      method: method.method,
      why: method.why,
      phase: 'turn',
      advances: true,
      wanted: turned.wanted,
      ...(turned.other ? { other: turned.other } : {}),
      signer: first,
      ...(bridge ? { bridge } : {}),
      hosts: describeHosts(standingOf(pair, turned, context)),
      waits: [],
      ...sinceOf(pair, generations, context),
    },
  }
  if (isHeld(holds, { what: 'issue', pair: pair.id })) return [main]
  const places =
    isMoved && other
      ? [
          compareWaiting(pair, 'next', { certificate: other, bridges }, context),
          ...compareRemoved(pair, 'previous', context),
        ]
      : [
          compareWaiting(pair, 'previous', { certificate: wanted, bridges }, context),
          ...compareRemoved(pair, 'next', context),
        ]
  return [main, ...places]
}
