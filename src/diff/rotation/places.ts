// The two places beside an authority's key: what has to lie there in a phase. Decides only.
import { formatAddress } from '../../model/address.ts'
import type { Certificate } from '../../model/certificate.ts'
import type { DesiredPair, Placement, WaitingRole } from '../../model/desired.ts'
import type { PairDifference, RotationPhase } from '../../model/difference.ts'
import { comparePlacements, type PairContext } from '../pair.ts'
import { findHolders, findKey, type Generations, seenIn } from './generations.ts'

interface Given {
  readonly phase: RotationPhase
  readonly advances: boolean
  readonly moves: boolean
}

/** While two are there, the next one waits wherever the authority is held; once it has moved, the old one does. */
export function comparePlaces(
  pair: DesiredPair,
  generations: Generations,
  { phase, advances, moves }: Given,
  context: PairContext,
): PairDifference[] {
  const { wanted, other, isMoved, bridges } = generations
  if (phase === 'finish' && advances)
    return [compareRemoved(pair, 'next', context), compareRemoved(pair, 'previous', context)].flat()
  const next =
    isMoved || moves || pair.supplied
      ? []
      : [compareWaiting(pair, 'next', { certificate: wanted, bridges }, context)]
  const previous =
    (isMoved || moves) && other
      ? [compareWaiting(pair, 'previous', { certificate: other, bridges }, context)]
      : []
  return [...next, ...previous]
}

interface Generation {
  readonly certificate: Certificate
  readonly bridges: readonly Certificate[]
}

export function compareWaiting(
  pair: DesiredPair,
  role: WaitingRole,
  { certificate, bridges }: Generation,
  context: PairContext,
): PairDifference {
  const origin = findKey(pair, certificate.publicKey.spkiSha256, seenIn(context))
  const waiting = origin ? waitingPair(pair, role) : withoutKey(waitingPair(pair, role))
  return {
    pair: waiting,
    play: context.play,
    rivals: [],
    ...(origin ? { origin } : {}),
    current: certificate,
    chain: [],
    placements: comparePlacements(
      waiting,
      { ...context, follow: () => bridges },
      { kind: 'pair', certificate, ...(origin ? { spkiSha256: certificate.publicKey.spkiSha256 } : {}) },
    ),
    notes: [],
  }
}

/** A key that is nowhere at hand is not looked for beside the certificate. */
function withoutKey(waiting: DesiredPair): DesiredPair {
  return { ...waiting, placements: waiting.placements.map(({ privateKey: _, ...rest }) => rest) }
}

/** Empty where nothing lies there. */
export function compareRemoved(pair: DesiredPair, role: WaitingRole, context: PairContext): PairDifference[] {
  const waiting = waitingPair(pair, role)
  const placements = comparePlacements(waiting, context, { kind: 'removed' })
  const isThere = placements.some(({ files }) => files.some(({ fact }) => fact.kind !== 'absent'))
  return isThere ? [{ pair: waiting, play: context.play, rivals: [], placements, notes: [] }] : []
}

/** A pair like any other, so that it is compared, planned and installed like one. */
export function waitingPair(pair: DesiredPair, role: WaitingRole): DesiredPair {
  const { supplied: _s, rotation: _r, authority: _a, beyondLimit: _b, ...rest } = pair
  const name = `${pair.name}.${role}`
  return {
    ...rest,
    id: `${pair.id}.${role}`,
    name,
    waiting: role,
    placements: findHolders(pair).flatMap(({ host, waiting }): Placement[] =>
      waiting
        ? [{ address: formatAddress(host, 'authority', name), host, copies: [], ...waiting[role] }]
        : [],
    ),
  }
}
