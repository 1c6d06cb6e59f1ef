// Stage diff, one authority that clients trust by itself: alone, or while another takes its place.
// In: a DesiredPair, the facts of all hosts. Out: its PairDifference, and those of the two places beside it.
// May not: read, ask or write anything, or remember how far it was.
import type { CertificateFact } from '../../model/actual.ts'
import type { Certificate } from '../../model/certificate.ts'
import type { DesiredPair, RotateRequest } from '../../model/desired.ts'
import type { PairDifference, Rotation } from '../../model/difference.ts'
import { findChainFaults } from '../../x509/verify.ts'
import { isHeld } from '../holds/hold.ts'
import { comparePair, comparePlacements, type PairContext } from '../pair.ts'
import { compareAtOnce } from './at-once.ts'
import { findBridge, findMethod } from './bridging.ts'
import { mayAdvance, type RotationContext, sinceOf, standingOf } from './context.ts'
import { chainOf, followPhase } from './files.ts'
import {
  findGenerations,
  findHolders,
  findKey,
  findKeyOn,
  type Generations,
  isObscured,
  seenIn,
} from './generations.ts'
import { compareInUse } from './in-use.ts'
import { findNeed } from './need.ts'
import { findPhase } from './phase.ts'
import { comparePlaces, waitingPair } from './places.ts'
import { comparePrepared } from './prepare.ts'
import { describeHosts } from './standing.ts'
import { compareTurn } from './turn.ts'

export function compareAnchor(pair: DesiredPair, given: PairContext): PairDifference[] {
  const context = { ...given, findSource: sourceFinder(pair) }
  const { holds, rotate } = context
  const seen = seenIn(context)
  if (isObscured(pair, seen)) return compareObscured(pair, context)
  const isLeft = isHeld(holds, { what: 'issue', pair: pair.id })
  if (isLeft && pair.supplied) return [comparePair(pair, context)]
  const asked = rotate?.pairs.includes(pair.id) ? rotate.wish : undefined
  const wish = isLeft || isBackOfSupplied(pair, asked) ? 'none' : asked
  const found = findGenerations(pair, seen)
  if (found && wish === 'back') return compareTurn(pair, found, context)
  if (found) return compareRotation(pair, found, { ...context, wish })
  if (wish === 'no-overlap') return compareAtOnce(pair, context)
  // What is supplied is its own successor: a new certificate for the same name and key leaves nobody behind.
  const need = pair.supplied ? undefined : findNeed(pair, context)
  const isAsked = wish === 'begin' && !pair.supplied
  return need || isAsked ? comparePrepared(pair, need, { ...context, wish }) : [comparePair(pair, context)]
}

/** What is supplied is wanted as long as the policy says so: the way back from it begins there. */
function isBackOfSupplied({ supplied }: DesiredPair, wish: RotateRequest['wish'] | undefined): boolean {
  return supplied !== undefined && wish === 'back'
}

/** Nothing is changed that rests on it; what cannot be read is told like any file. */
function compareObscured(pair: DesiredPair, context: PairContext): PairDifference[] {
  const waiting = [waitingPair(pair, 'next'), waitingPair(pair, 'previous')]
  return [pair, ...waiting].map((each) => ({
    pair: each,
    play: context.play,
    rivals: [],
    placements: comparePlacements(each, context, { kind: 'unknown' }),
    notes: each === pair ? ['its state cannot be told'] : [],
  }))
}

function compareRotation(
  pair: DesiredPair,
  generations: Generations,
  context: RotationContext,
): PairDifference[] {
  const { wanted, other, isMoved, isSeenByAll } = generations
  const hosts = describeHosts(standingOf(pair, generations, context))
  const bridging = findMethod(generations, context)
  const isAtOnce = context.wish === 'no-overlap'
  const refused = isMoved || pair.supplied ? undefined : findUnfit(pair, wanted, context)
  const advances = mayAdvance(pair, context) && refused === undefined
  const { phase, waits } = isAtOnce
    ? ({ phase: 'distrust', waits: [] } as const)
    : findPhase({ hosts, isMoved, isSeenByAll, isBridged: bridging.bridge !== undefined })
  // A bundle moves when the new one begins to sign; behind a bridge, when the old one is no longer needed.
  const moves =
    advances && (phase === 'distrust' || phase === 'finish' || (phase === 'sign' && !bridging.bridge))
  const first = isMoved || moves || !other ? wanted : other
  // As long as somebody would turn the new one away, or nobody is to go on, the old one signs.
  const isOld = phase === 'trust' || (phase === 'sign' && !advances && !isMoved)
  const signer = isOld ? (other ?? wanted) : wanted
  const isOver = phase === 'finish' && advances
  const bridge = isOver ? undefined : findBridge(signer, generations, context.at)
  const rotation: Rotation = {
    method: bridging.method,
    why: bridging.why,
    phase,
    advances,
    ...(isAtOnce ? { isAtOnce } : {}),
    wanted,
    ...(other ? { other } : {}),
    signer,
    ...(bridge ? { bridge } : {}),
    ...(refused === undefined ? {} : { refused }),
    hosts,
    waits,
    ...sinceOf(pair, generations, context),
  }
  const main = compareInUse(
    pair,
    {
      first,
      generations: [wanted, ...(other ? [other] : [])],
      follow: followPhase({ generations, phase, advances, first, chain: chainOf(pair, first) }),
      isKept: (found) => !advances && standsOtherwise(found, first, generations),
      rotation,
      keepsOthers: !(phase === 'sign' && advances) && !isAtOnce,
    },
    context,
  )
  return [main, ...comparePlaces(pair, generations, { phase, advances, moves }, context)]
}

/** What waits to be trusted by all has to be worth it, and its key has to be there. */
function findUnfit(pair: DesiredPair, wanted: Certificate, context: PairContext): string | undefined {
  const [fault] = wanted.basicConstraints.ca ? findChainFaults([wanted]) : ['it is not a CA']
  if (fault !== undefined) return `what waits in its place is no trust anchor: ${fault}`
  const now = context.at.getTime()
  if (now < Date.parse(wanted.notBefore) || now > Date.parse(wanted.notAfter))
    return 'what waits in its place is not valid now'
  return findKey(pair, wanted.publicKey.spkiSha256, seenIn(context))
    ? undefined
    : 'the key of what waits in its place is not at hand'
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
