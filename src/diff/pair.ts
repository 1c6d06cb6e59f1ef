// Stage diff, one pair: what is wanted and what is on the hosts → where the pair comes from, and whether it is issued anew.
// In: a DesiredPair, the facts, its authority's state. Out: PairDifference. May not: read, ask or write anything.

import type { CertificateFact, HostActual } from '../model/actual.ts'
import type { Certificate } from '../model/certificate.ts'
import type { Reason } from '../model/change.ts'
import type { DesiredPair, DesiredService, Placement, RotateRequest, SuppliedPair } from '../model/desired.ts'
import type { Origin, PairDifference, PlacementDifference, PlannedIssue } from '../model/difference.ts'
import type { Candidate, CandidateContext } from './candidates.ts'
import { choose, chooseAnother, chooseIncumbent } from './choice.ts'
import { findCertificate, findPublicKey } from './comparison.ts'
import type { WantedContent } from './content.ts'
import { type Holds, isHeld } from './holds/hold.ts'
import { findNotes } from './notes.ts'
import { comparePlacement } from './placement.ts'
import { type Follow, keepForeign, noteForeign } from './rotation/files.ts'
import { plannedWindow } from './validity.ts'

export interface PairContext extends CandidateContext {
  readonly play: number
  /** Certificates above, nearest first, the self-signed root left out; absent: they are not known. */
  readonly chain?: readonly Certificate[]
  /** What follows whatever its authority signs, carried chain or not. */
  readonly bridge?: Certificate
  readonly holds: Holds
  /** All that it signs, directly or by way of others. */
  readonly leaves: readonly DesiredPair[]
  /** Of all plays. */
  readonly services: readonly DesiredService[]
  readonly rotate?: RotateRequest
  /** Why another one is made, whether or not the present one is in order. */
  readonly forced?: Reason
  /** What comes after the first certificate of a file, given what is there; absent: the chain. */
  readonly follow?: Follow
  /** Whether a place is left as it is, given its certificate. */
  readonly isKept?: (found: CertificateFact) => boolean
  /** Where on a host the wanted key is already. */
  readonly findSource?: (host: HostActual, spkiSha256: string) => string | undefined
}

export function comparePair(pair: DesiredPair, context: PairContext): PairDifference {
  const { holds } = context
  const supplied = isHeld(holds, { what: 'issue', pair: pair.id }) ? undefined : pair.supplied
  const incumbent = supplied && chooseIncumbent(pair, supplied, context, holds)
  if (supplied && !incumbent) return compareSupplied(pair, supplied, context)
  const { forced } = context
  const choice =
    incumbent ?? (forced ? chooseAnother(pair, forced, context, holds) : choose(pair, context, holds))
  const base = { pair, play: context.play, ...(context.chain ? { chain: context.chain } : {}) }
  if (choice.kind === 'issue') return { ...base, rivals: [], ...compareIssued(pair, choice.at, context) }
  const { from } = choice
  if (!from)
    return {
      ...base,
      rivals: [],
      ...(choice.kind === 'wait' ? { withheld: choice.withheld } : {}),
      placements: comparePlacements(pair, context, { kind: 'unknown' }),
      notes: ['its state cannot be told'],
    }
  const current = findCertificate(from.comparison)
  const placements = comparePlacements(pair, keepingForeign(pair, current, context), contentOf(from))
  return {
    ...base,
    rivals: choice.kind === 'keep' ? choice.rivals : [],
    origin: originOf(from, true),
    ...(current ? { current } : {}),
    ...(choice.kind === 'wait' ? { withheld: choice.withheld } : {}),
    placements,
    notes: [
      ...findNotes(from.comparison, from.ignored, undefined),
      ...(pair.rotation && current ? noteForeign(placements, [current]) : []),
    ],
  }
}

/** Whom else somebody has made a file of a trust anchor trust is no business of ours. */
function keepingForeign(
  { rotation }: DesiredPair,
  current: Certificate | undefined,
  context: PairContext,
): PairContext {
  if (!rotation || !current) return context
  return { ...context, follow: keepForeign(current, context.chain ?? []) }
}

function compareIssued(
  pair: DesiredPair,
  at: Candidate,
  context: PairContext,
): Pick<PairDifference, 'origin' | 'current' | 'issue' | 'placements' | 'notes'> {
  const issue = planIssue(pair, at, context)
  const current = findCertificate(at.comparison)
  const spkiSha256 = findPublicKey(at.comparison)?.spkiSha256
  const reuse = issue.reuseKey && spkiSha256 !== undefined ? { reuseSpki: spkiSha256 } : {}
  return {
    origin: originOf(at, false),
    ...(current ? { current } : {}),
    issue,
    placements: comparePlacements(pair, context, { kind: 'issued', ...reuse }),
    notes: findNotes(at.comparison, at.ignored, issue),
  }
}

function originOf({ placement, privateKeyPath }: Candidate, usable: boolean): Origin {
  return { host: placement.host, placement, privateKeyPath, usable }
}

/** What is in order somewhere is what every place must hold. */
function contentOf({ comparison }: Candidate): WantedContent {
  const certificate = findCertificate(comparison)
  const key = findPublicKey(comparison)
  if (!certificate || !key) return { kind: 'unknown' }
  return { kind: 'pair', certificate, spkiSha256: key.spkiSha256 }
}

/** A custom CA: nothing is issued, every place must hold what the user supplies. */
function compareSupplied(pair: DesiredPair, supplied: SuppliedPair, context: PairContext): PairDifference {
  const [current, ...chain] = supplied.certificates
  const wanted = { kind: 'pair', certificate: current, spkiSha256: supplied.spkiSha256 } as const
  const placements = comparePlacements(pair, keepingForeign(pair, current, { ...context, chain }), wanted)
  const there = placements.find(
    ({ placement, files }) => placement.privateKey && files.every(({ write }) => write !== 'content'),
  )
  const notes = noteForeign(placements, supplied.certificates)
  const base = { pair, play: context.play, current, chain, placements, rivals: [], notes }
  if (!there?.placement.privateKey) return base
  const { placement } = there
  return {
    ...base,
    origin: {
      host: placement.host,
      placement,
      privateKeyPath: there.placement.privateKey.path,
      usable: true,
    },
  }
}

/** Of every host that can be seen. */
export function comparePlacements(
  pair: DesiredPair,
  { actual, chain, bridge, holds, follow, isKept, findSource }: PairContext,
  wanted: WantedContent,
): PlacementDifference[] {
  return pair.placements.flatMap((placement: Placement) => {
    const host = actual.hosts[placement.host]
    if (host?.kind !== 'observed') return []
    const carried = pair.includeChain ? (chain ? { chain } : {}) : { chain: bridge ? [bridge] : [] }
    const extra = { ...(follow ? { follow } : {}), ...(findSource ? { findSource } : {}) }
    const found = host.certificates[placement.certificate.path] ?? { kind: 'absent' }
    const own: WantedContent = isKept?.(found) ? { kind: 'unknown' } : wanted
    return [comparePlacement(pair, placement, { host, wanted: own, holds, ...carried, ...extra })]
  })
}

function planIssue(
  pair: DesiredPair,
  { comparison, reasons }: Candidate,
  { authority, at }: PairContext,
): PlannedIssue {
  const { notBefore, notAfter } = plannedWindow(pair, authority, at)
  const key = findPublicKey(comparison)
  const fits = key?.type === pair.key.type && key.size === pair.key.size
  return { reasons, reuseKey: pair.key.rotation === 'never' && fits, notBefore, notAfter }
}
