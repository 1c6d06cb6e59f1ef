// Stage diff, one authority that clients trust by itself: alone, or while another takes its place.
// In: a DesiredPair, the facts of all hosts. Out: its PairDifference, and those of the two places beside it.
// May not: read, ask or write anything, or remember how far it was.
import type { CertificateFact } from '../../model/actual.ts'
import type { Certificate } from '../../model/certificate.ts'
import type { DesiredPair } from '../../model/desired.ts'
import type { PairDifference, Rotation } from '../../model/difference.ts'
import { isHeld, mayRead } from '../holds/hold.ts'
import { comparePair, comparePlacements, type PairContext } from '../pair.ts'
import { compareAtOnce } from './at-once.ts'
import { findBridge, findMethod } from './bridging.ts'
import { mayAdvance, type RotationContext, rivalsOf, sinceOf, standingOf } from './context.ts'
import { followPhase } from './files.ts'
import { findGenerations, findHolders, findKey, findKeyOn, type Generations } from './generations.ts'
import { findNeed } from './need.ts'
import { findPhase } from './phase.ts'
import { comparePlaces } from './places.ts'
import { comparePrepared } from './prepare.ts'
import { describeHosts } from './standing.ts'
import { compareTurn } from './turn.ts'

export function compareAnchor(pair: DesiredPair, given: PairContext): PairDifference[] {
  const context = { ...given, findSource: sourceFinder(pair) }
  const { actual, holds, rotate } = context
  const wish = rotate?.pairs.includes(pair.id) ? rotate.wish : undefined
  const seen = { actual, mayRead: (host: string) => mayRead(holds, host) }
  const isLeft = isHeld(holds, { what: 'issue', pair: pair.id })
  if (isLeft && pair.supplied) return [comparePair(pair, context)]
  const found = findGenerations(pair, seen)
  if (found && isLeft) return compareRotation(pair, found, { ...context, wish: 'none' })
  if (found && wish === 'back') return compareTurn(pair, found, context)
  if (found) return compareRotation(pair, found, { ...context, wish })
  if (wish === 'no-overlap' && !isLeft) return compareAtOnce(pair, context)
  // What is supplied is its own successor: a new certificate for the same name and key leaves nobody behind.
  const need = pair.supplied ? undefined : findNeed(pair, context)
  if (need && isLeft) return comparePrepared(pair, need, { ...context, wish: 'none' })
  if (isLeft || pair.supplied) return [comparePair(pair, context)]
  if (need || wish === 'begin') return comparePrepared(pair, need, { ...context, wish })
  return [comparePair(pair, context)]
}

function compareRotation(
  pair: DesiredPair,
  generations: Generations,
  context: RotationContext,
): PairDifference[] {
  const { wanted, other, isMoved, isSeenByAll } = generations
  const hosts = describeHosts(standingOf(pair, generations, context))
  const bridging = findMethod(pair, generations, context)
  const isAtOnce = context.wish === 'no-overlap'
  const advances = mayAdvance(pair, context)
  const reached = isAtOnce
    ? ({ phase: 'distrust', waits: [] } as const)
    : findPhase({ hosts, isMoved, isSeenByAll, isBridged: bridging.bridge !== undefined })
  const { phase, waits } = reached
  // A bundle moves when the new one begins to sign; behind a bridge, when the old one is no longer needed.
  const moves =
    advances && (phase === 'distrust' || phase === 'finish' || (phase === 'sign' && !bridging.bridge))
  const first = isMoved || moves || !other ? wanted : other
  // As long as somebody would turn the new one away, or nobody is to go on, the old one signs.
  const isOld = phase === 'trust' || (phase === 'sign' && !advances && !isMoved)
  const signer = isOld ? (other ?? wanted) : wanted
  const rotation: Rotation = {
    method: bridging.method,
    why: bridging.why,
    phase,
    advances,
    ...(isAtOnce ? { isAtOnce } : {}),
    wanted,
    ...(other ? { other } : {}),
    signer,
    ...bridgeFor(signer, phase === 'finish' && advances, generations, context),
    hosts,
    waits,
    ...sinceOf(pair, generations, context),
  }
  return assemble(pair, generations, { rotation, first, moves }, context)
}

function bridgeFor(
  signer: Certificate,
  isOver: boolean,
  generations: Generations,
  { at }: PairContext,
): Pick<Rotation, 'bridge'> {
  const bridge = isOver ? undefined : findBridge(signer, generations, at)
  return bridge ? { bridge } : {}
}

interface Assembled {
  readonly rotation: Rotation
  readonly first: Certificate
  readonly moves: boolean
}

function assemble(
  pair: DesiredPair,
  generations: Generations,
  { rotation, first, moves }: Assembled,
  context: PairContext,
): PairDifference[] {
  const { actual, holds } = context
  const seen = { actual, mayRead: (host: string) => mayRead(holds, host) }
  const chain = first === pair.supplied?.certificates[0] ? pair.supplied.certificates.slice(1) : []
  const { phase, advances, signer = first, bridge } = rotation
  const follow = followPhase({ generations, phase, advances, first, chain })
  const isSupplied = (each: Certificate) => each === pair.supplied?.certificates[0]
  const keyOf = (each: Certificate) => findKey(pair, each.publicKey.spkiSha256, seen)
  const origin = keyOf(first)
  const isKeyKnown = origin !== undefined || isSupplied(first)
  const signing = keyOf(signer)
  return [
    {
      pair,
      play: context.play,
      rivals: rivalsOf(pair, [generations.wanted, generations.other], context),
      ...(origin ? { origin } : {}),
      current: first,
      chain,
      placements: comparePlacements(
        pair,
        { ...context, follow, isKept: (found) => !advances && standsOtherwise(found, first, generations) },
        {
          kind: 'pair',
          certificate: first,
          ...(isKeyKnown ? { spkiSha256: first.publicKey.spkiSha256 } : {}),
        },
      ),
      notes: [],
      signs: {
        certificate: signer,
        others: [generations.wanted, ...(generations.other ? [generations.other] : [])].filter(
          (each) => each !== signer && !(phase === 'sign' && advances) && !rotation.isAtOnce,
        ),
        ...(signing ? { origin: signing } : {}),
        ...(bridge ? { bridge } : {}),
      },
      rotation,
    },
    ...comparePlaces(pair, generations, { phase, advances, moves }, context),
  ]
}

/** Without leave to go on, a place where the other one still stands first is left as it is, with its key. */
function standsOtherwise(
  found: CertificateFact,
  first: Certificate,
  { wanted, other }: Pick<Generations, 'wanted' | 'other'>,
): boolean {
  if (found.kind !== 'certificate') return false
  const { fingerprint } = found.certificates[0]
  return (
    fingerprint !== first.fingerprint && [wanted, other].some((each) => each?.fingerprint === fingerprint)
  )
}

/** Where the key is on each host that holds the authority, in whichever of its places. */
function sourceFinder(pair: DesiredPair): NonNullable<PairContext['findSource']> {
  const holders = new Map(findHolders(pair).map((placement) => [placement.host, placement]))
  return (host, spkiSha256) => {
    const placement = holders.get(host.host)
    return placement && findKeyOn(placement, spkiSha256, host)
  }
}
