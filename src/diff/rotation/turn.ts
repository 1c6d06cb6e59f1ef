// The way back: what is wanted and what is to be distrusted exchange their places; the rest follows by itself. Pure.
import type { DesiredPair } from '../../model/desired.ts'
import type { PairDifference, Rotation } from '../../model/difference.ts'
import type { PairContext } from '../pair.ts'
import { findBridge, findMethod } from './bridging.ts'
import { sinceOf, standingOf } from './context.ts'
import { followPhase } from './files.ts'
import type { Generations } from './generations.ts'
import { compareInUse } from './in-use.ts'
import { compareRemoved, compareWaiting } from './places.ts'
import { describeHosts } from './standing.ts'

/** Nothing else changes in the same run: what the next one finds is a rotation to where it came from. */
export function compareTurn(
  pair: DesiredPair,
  generations: Generations,
  context: PairContext,
): PairDifference[] {
  const { wanted, other, isMoved, bridges } = generations
  const first = isMoved || !other ? wanted : other
  const turned: Generations = { ...generations, wanted: other ?? wanted, ...(other ? { other: wanted } : {}) }
  const { method, why } = findMethod(turned, context)
  const bridge = findBridge(first, generations, context.at)
  const rotation: Rotation = {
    method,
    why,
    phase: 'turn',
    advances: true,
    wanted: turned.wanted,
    ...(turned.other ? { other: turned.other } : {}),
    signer: first,
    ...(bridge ? { bridge } : {}),
    hosts: describeHosts(standingOf(pair, turned, context)),
    waits: [],
    ...sinceOf(pair, generations, context),
  }
  const main = compareInUse(
    pair,
    {
      first,
      generations: [wanted, ...(other ? [other] : [])],
      follow: followPhase({ generations, phase: 'turn', advances: false, first, chain: [] }),
      rotation,
      keepsOthers: true,
    },
    context,
  )
  const [to, from, certificate] =
    isMoved && other ? (['next', 'previous', other] as const) : (['previous', 'next', wanted] as const)
  return [
    main,
    compareWaiting(pair, to, { certificate, bridges }, context),
    ...compareRemoved(pair, from, context),
  ]
}
