// A trust anchor that needs a successor: what is there stays in use, and the next one is made beside it. Decides only.
import type { Certificate } from '../../model/certificate.ts'
import type { Reason } from '../../model/change.ts'
import type { DesiredPair, PairId } from '../../model/desired.ts'
import type { PairDifference, Rotation, RotationHost, RotationWait } from '../../model/difference.ts'
import { nextSubject } from '../../x509/generation.ts'
import { formatName } from '../../x509/name.ts'
import { choose } from '../choice.ts'
import { findCertificate, sourceOf } from '../comparison.ts'
import { isHeld, mayWrite } from '../holds/hold.ts'
import { comparePair, comparePlacements, type PairContext } from '../pair.ts'
import { formatDate } from '../time.ts'
import { plannedWindow } from '../validity.ts'
import { chooseMethod } from './bridging.ts'
import { type RotationContext, standingOf } from './context.ts'
import { keepForeign } from './files.ts'
import { findHolders, findKey, seenIn } from './generations.ts'
import { compareInUse } from './in-use.ts'
import type { Need } from './need.ts'
import { waitingPair } from './places.ts'
import { describeHosts } from './standing.ts'
import { findUnhealthy } from './unhealthy.ts'

/** `need`: why there has to be another one; without it, somebody asked for one. */
export function comparePrepared(
  pair: DesiredPair,
  need: Need | undefined,
  context: RotationContext,
): PairDifference[] {
  const present = need?.present ?? findInUse(pair, context)
  // Where there is none yet, the first one is made as it always is.
  if (!present) return [comparePair(pair, context)]
  const { holds } = context
  const hasKey = findKey(pair, present.publicKey.spkiSha256, seenIn(context)) !== undefined
  const method = chooseMethod(pair, present, { hasKey, context })
  const hosts = describeHosts(
    standingOf(pair, { wanted: present, isMoved: true, isSeenByAll: true, bridges: [] }, context),
  )
  const waits = findWaits(pair, present, hosts, context)
  const refused = findRefusal(present, method.refused, context)
  // Whoever goes on, or back, has not asked for another one.
  const { wish } = context
  const isAsked = wish === 'begin' || (wish === undefined && pair.rotation?.start === 'automatic')
  const isHeldBack = isHeld(holds, { what: 'issue', pair: waitingPair(pair, 'next').id })
  const advances = isAsked && waits.length === 0 && refused === undefined && !isHeldBack
  const rotation: Rotation = {
    method: method.method,
    why: method.why,
    phase: 'prepare',
    advances,
    other: present,
    signer: present,
    hosts: hosts.map(asOld),
    waits,
    reasons: need?.reasons ?? [],
    ...(refused === undefined ? {} : { refused }),
    isOverdue: false,
  }
  const main = compareInUse(
    pair,
    {
      first: present,
      generations: [present],
      follow: keepForeign(present, []),
      rotation,
      keepsOthers: true,
      notes: need ? [`needs a successor: ${need.reasons.map(({ message }) => message).join('; ')}`] : [],
    },
    context,
  )
  return advances
    ? [main, ...issueNext(pair, need?.reasons ?? [askedFor(pair)], method.crossSign, context)]
    : [main]
}

function findInUse(pair: DesiredPair, context: PairContext): Certificate | undefined {
  const choice = choose(pair, context, context.holds)
  const from = choice.kind === 'issue' ? choice.at : choice.from
  const found = from && findCertificate(from.comparison)
  return choice.kind === 'issue' && found && !isExpired(found, context) ? undefined : found
}

function isExpired({ notAfter }: Certificate, { at }: Pick<PairContext, 'at'>): boolean {
  return at.getTime() > Date.parse(notAfter)
}

export function askedFor(pair: DesiredPair): Reason {
  return {
    code: 'rotation-wanted',
    message: 'somebody asked for another one',
    source: sourceOf(pair, 'rotation'),
  }
}

/** In all that is known so far, the present one is the old one. */
export function asOld({ file, pools, leaves, ...rest }: RotationHost): RotationHost {
  const turn = <T extends string>(trusts: T) => (trusts === 'new' ? 'old' : trusts) as T | 'old'
  return {
    ...rest,
    file: turn(file),
    pools: pools.map((pool) => ({ ...pool, trusts: turn(pool.trusts) })),
    leaves: leaves.map((leaf) => ({ ...leaf, signedBy: turn(leaf.signedBy) })),
  }
}

/** Every host can be looked at and is well, and the next one can be laid down wherever the authority is held. */
function findWaits(
  pair: DesiredPair,
  present: Certificate,
  hosts: readonly RotationHost[],
  context: PairContext,
): RotationWait[] {
  const unobserved = hosts
    .filter(({ file }) => file === 'unknown')
    .map(
      ({ host }): RotationWait => ({
        host,
        what: 'unobserved',
        message: `${host}, which could not be looked at`,
      }),
    )
  const next = waitingPair(pair, 'next')
  const blocked = findHolders(pair)
    .filter(({ host }) => [pair, next].some(({ id }) => !mayWrite(context.holds, id, host)))
    .map(
      ({ host }): RotationWait => ({
        host,
        what: 'file',
        message: `${host}, where it is held and nothing may be written`,
      }),
    )
  const lagging = hosts.flatMap(({ host, file, pools }) => [
    ...(file === 'neither' && isPlaced(pair, host)
      ? [waitFor(host, `the trust file on ${host} to hold ${formatName(present.subject)}`)]
      : []),
    ...pools.flatMap(({ service, trusts, known }) =>
      trusts === 'new' || known === 'stopped'
        ? []
        : [waitFor(host, `proof that ${service} on ${host} trusts what is there`)],
    ),
  ])
  return [
    ...unobserved,
    ...blocked.filter(({ host }) => !unobserved.some((each) => each.host === host)),
    ...lagging,
    ...findUnhealthy(pair, context).map(
      ({ host, name }): RotationWait => ({
        host,
        service: name,
        what: 'unhealthy',
        message: `${name} on ${host}, which is not well`,
      }),
    ),
  ]
}

function isPlaced({ placements }: DesiredPair, name: string): boolean {
  return placements.some(({ host }) => host === name)
}

function waitFor(host: string, message: string): RotationWait {
  return { host, what: 'unobserved', message }
}

function findRefusal(
  present: Certificate,
  refused: string | undefined,
  { at }: PairContext,
): string | undefined {
  if (!isExpired(present, { at })) return refused
  return `it expired ${formatDate(present.notAfter)}: nobody accepts it any more, and there is nothing that both could be trusted beside`
}

function issueNext(
  pair: DesiredPair,
  reasons: readonly Reason[],
  crossSign: PairId | undefined,
  context: PairContext,
): PairDifference[] {
  const waiting = waitingPair(pair, 'next')
  const subject = nextSubject(pair.subject, context.at)
  const { notBefore, notAfter } = plannedWindow(pair, undefined, context.at)
  const [placement] = waiting.placements
  if (!placement?.privateKey) return []
  return [
    {
      pair: { ...waiting, subject },
      play: context.play,
      rivals: [],
      origin: { host: placement.host, placement, privateKeyPath: placement.privateKey.path, usable: false },
      issue: { reasons, reuseKey: false, notBefore, notAfter, ...(crossSign ? { crossSign } : {}) },
      placements: comparePlacements(waiting, context, { kind: 'issued' }),
      notes: crossSign ? ['signed by the present one as well'] : [],
    },
  ]
}
