// Stage diff, one pair: what is wanted and what is on the hosts → where the pair comes from, and whether it is issued anew.
// In: a DesiredPair, the facts, its authority's state. Out: PairDifference. May not: read, ask or write anything.
import type { Actual, CertificateFact, PrivateKeyFact } from '../model/actual.ts'
import type { Certificate } from '../model/certificate.ts'
import type { Reason } from '../model/change.ts'
import type { DesiredPair, Placement, SuppliedPair } from '../model/desired.ts'
import type { PairDifference, PlacementDifference, PlannedIssue } from '../model/difference.ts'
import { findIssueReasons } from './checks.ts'
import type { AuthorityState, Comparison } from './comparison.ts'
import { findCertificate, findPublicKey } from './comparison.ts'
import { findNotes } from './notes.ts'
import { comparePlacement, type PlacementContext } from './placement.ts'
import { plannedWindow } from './validity.ts'

export interface PairContext {
  readonly actual: Actual
  readonly at: Date
  readonly play: number
  /** Undefined with `pair.authority` set: the authority cannot be told. */
  readonly authority?: AuthorityState
  /** Certificates above, nearest first, the self-signed root left out. */
  readonly chain: readonly Certificate[]
}

export function comparePair(pair: DesiredPair, context: PairContext): PairDifference {
  if (pair.supplied) return compareSupplied(pair, pair.supplied, context)
  const candidates = findCandidates(pair, context)
  const inOrder = candidates.find(({ kind, reasons }) => kind === 'known' && reasons.length === 0)
  const undecided = !inOrder && candidates.some(({ kind }) => kind === 'unknown')
  const chosen = inOrder ?? candidates[0]
  if (undecided || !chosen || chosen.kind === 'unknown') return unknownPair(pair, context)
  const { placement, reasons, ignored, comparison } = chosen
  const issue = reasons.length > 0 ? planIssue(comparison, reasons) : undefined
  const current = findCertificate(comparison)
  const key = findPublicKey(comparison)
  const reuseSpki = issue?.reuseKey ? key?.spkiSha256 : undefined
  const content =
    current && key && !issue
      ? { wanted: { certificate: current, spkiSha256: key.spkiSha256 } }
      : reuseSpki === undefined
        ? {}
        : { reuseSpki }
  return {
    pair,
    play: context.play,
    origin: placement,
    chain: context.chain,
    ...(current ? { current } : {}),
    ...(issue ? { issue } : {}),
    placements: comparePlacements(pair, context, { ...content, chain: context.chain, origin: placement }),
    notes: findNotes(comparison, ignored, issue),
  }
}

/** A custom CA: nothing is issued, every place must hold what the user supplies. */
function compareSupplied(pair: DesiredPair, supplied: SuppliedPair, context: PairContext): PairDifference {
  const [current, ...chain] = supplied.certificates
  const wanted = { certificate: current, spkiSha256: supplied.spkiSha256 }
  const placements = comparePlacements(pair, context, { wanted, chain })
  const origin = placements.find(
    ({ placement, files }) => placement.privateKey && files.every(({ write }) => write !== 'content'),
  )?.placement
  return { pair, play: context.play, ...(origin ? { origin } : {}), current, chain, placements, notes: [] }
}

function comparePlacements(
  pair: DesiredPair,
  context: PairContext,
  content: Omit<PlacementContext, 'host' | 'isOrigin'> & { readonly origin?: Placement },
): PlacementDifference[] {
  return pair.placements.flatMap((placement) => {
    const host = context.actual.hosts[placement.host]
    if (host?.kind !== 'observed') return []
    const chain = pair.includeChain ? content.chain : []
    return [
      comparePlacement(pair, placement, { ...content, host, chain, isOrigin: placement === content.origin }),
    ]
  })
}

type Candidate =
  | { readonly kind: 'unknown'; readonly reasons: readonly Reason[] }
  | {
      readonly kind: 'known'
      readonly placement: Placement
      readonly comparison: Comparison
      readonly reasons: readonly Reason[]
      readonly ignored: readonly Reason[]
    }

/** Every place that holds the key, judged. */
function findCandidates(pair: DesiredPair, context: PairContext): Candidate[] {
  return pair.placements.flatMap((placement): Candidate[] => {
    if (!placement.privateKey) return []
    const host = context.actual.hosts[placement.host]
    if (host?.kind !== 'observed') return [{ kind: 'unknown', reasons: [] }]
    const certificate: CertificateFact = host.certificates[placement.certificate.path] ?? { kind: 'absent' }
    const privateKey: PrivateKeyFact = host.privateKeys[placement.privateKey.path] ?? { kind: 'absent' }
    if (certificate.kind === 'unreadable' || privateKey.kind === 'unreadable')
      return [{ kind: 'unknown', reasons: [] }]
    const comparison: Comparison = {
      pair,
      certificatePath: placement.certificate.path,
      privateKeyPath: placement.privateKey.path,
      certificate,
      privateKey,
      at: context.at,
      ...(context.authority ? { authority: context.authority } : {}),
    }
    return [{ kind: 'known', placement, comparison, ...findIssueReasons(comparison) }]
  })
}

/** No host can tell how the pair is; nothing is decided about it. */
function unknownPair(pair: DesiredPair, context: PairContext): PairDifference {
  return { pair, play: context.play, chain: [], placements: [], notes: ['its state cannot be told'] }
}

function planIssue(comparison: Comparison, reasons: readonly Reason[]): PlannedIssue {
  const { pair, authority, at, privateKey } = comparison
  const { notBefore, notAfter } = plannedWindow(pair, authority, at)
  const fits =
    privateKey.kind === 'private-key' &&
    privateKey.publicKey.type === pair.key.type &&
    privateKey.publicKey.size === pair.key.size
  return { reasons, reuseKey: pair.key.rotation === 'never' && fits, notBefore, notAfter }
}
