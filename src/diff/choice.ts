// Which of a pair's places the others follow, and whether a new pair is made there. Decides only.
import type { Reason } from '../model/change.ts'
import type { DesiredPair, SuppliedPair } from '../model/desired.ts'
import type { Rival, WithheldIssue } from '../model/difference.ts'
import { type Candidate, type CandidateContext, findCandidates, findNewest } from './candidates.ts'
import { findCertificate } from './comparison.ts'
import { canServe, hasWantedKey, isDue, isInOrder, isWhole } from './fitness.ts'
import { type Holds, mayRead, mayWrite } from './holds/hold.ts'
import { findObstacle, findStraggler } from './obstacles.ts'
import { listParts, type Parts } from './parts.ts'
import { findRemains, spkiOf } from './remains.ts'
import { findRivals } from './rivals.ts'
import { isSameIssuer } from './same-issuer.ts'

export type Choice =
  | { readonly kind: 'keep'; readonly from: Candidate; readonly rivals: readonly Rival[] }
  | { readonly kind: 'issue'; readonly at: Candidate }
  /** `from`: what stays in use; absent: nothing can be, and nothing is made. */
  | { readonly kind: 'wait'; readonly from?: Candidate; readonly withheld: WithheldIssue }

/**
 * What is in order stays, and the newest of it is what all others follow. A leaf that is due is made anew on the first
 * host that can be worked on, whoever else is away; an authority only where every holder of its key is there.
 */
export function choose(pair: DesiredPair, context: CandidateContext, holds: Holds): Choice {
  const { known, unseen } = findCandidates(pair, context)
  const readable = known.filter(({ placement }) => mayRead(holds, placement.host))
  const parts = listParts(pair, context.actual, (host) => mayRead(holds, host))
  const best = pair.supplied ? undefined : findBest(pair, readable, parts, context)
  if (best)
    return { kind: 'keep', from: best, rivals: findRivals(pair, new Set([spkiOf(best)]), parts, context) }
  const births = known.filter(({ placement }) => mayWrite(holds, pair.id, placement.host))
  const aside = known.find(isInOrder)
  if (aside && !pair.supplied && (pair.kind === 'authority' || !births.some(isDue)))
    return { kind: 'keep', from: aside, rivals: [] }
  const [first] = births.toSorted((a, b) => rank(pair, b) - rank(pair, a))
  const serving = findNewest(readable.filter(canServe)) ?? known.find(canServe)
  const obstacle =
    findObstacle(pair, { known, unseen, births }, holds) ??
    (serving && pair.kind === 'authority' ? findStraggler(pair, context.signs, holds) : undefined)
  if (first && !obstacle) return { kind: 'issue', at: first }
  const told = serving ?? first ?? known[0]
  const withheld = { reasons: told?.reasons ?? [], ...(obstacle ?? { why: 'left-alone', hosts: [] }) }
  return { kind: 'wait', withheld, ...(serving ? { from: serving } : {}) }
}

/**
 * Another one is made because somebody asked for it. Whoever cannot follow is left behind, but for what `--limit` leaves
 * out: that could follow, and would not be told.
 */
export function chooseAnother(
  pair: DesiredPair,
  why: Reason,
  context: CandidateContext,
  holds: Holds,
): Choice {
  const { known, unseen } = findCandidates(pair, context)
  const births = known.filter(({ placement }) => mayWrite(holds, pair.id, placement.host))
  const straggler = findStraggler(pair, context.signs, holds)
  const isOutside =
    straggler?.hosts.some((host) => holds.readOnly.has(host)) ||
    [pair, ...context.signs].some(({ beyondLimit = [] }) => beyondLimit.length > 0)
  const obstacle =
    findObstacle(pair, { known, unseen, births }, holds) ??
    (straggler && isOutside ? { ...straggler, why: 'outside-limit' as const } : undefined)
  const [first] = births
  if (first && !obstacle) return { kind: 'issue', at: { ...first, reasons: [why, ...first.reasons] } }
  const serving = known.find(canServe)
  const withheld = { reasons: [why], ...(obstacle ?? { why: 'left-alone' as const, hosts: [] }) }
  return { kind: 'wait', withheld, ...(serving ? { from: serving } : {}) }
}

/**
 * What serves on in a custom CA's place, because not all can follow; undefined: it comes. Where it has come to one
 * holder already, it comes to all; a new certificate for the same key leaves nobody behind.
 */
export function chooseIncumbent(
  pair: DesiredPair,
  { certificates: [supplied] }: SuppliedPair,
  context: CandidateContext,
  holds: Holds,
): Choice | undefined {
  const { known } = findCandidates(pair, context)
  const hasCome = known.some(
    ({ comparison }) => findCertificate(comparison)?.fingerprint === supplied.fingerprint,
  )
  const readable = known.filter(({ placement }) => mayRead(holds, placement.host))
  const serving = hasCome ? undefined : findNewest(readable.filter(canServe))
  const incumbent = serving && findCertificate(serving.comparison)
  if (!incumbent || isSameIssuer(incumbent, supplied)) return undefined
  const obstacle = findStraggler(pair, context.signs, holds)
  if (!obstacle) return undefined
  const message = `${serving.comparison.certificatePath} is not the CA that is supplied`
  const reasons = [{ code: 'supplied-differs' as const, message, source: pair.source }]
  return { kind: 'wait', from: serving, withheld: { reasons, ...obstacle } }
}

/**
 * Of leaves the newest in order, or what can be put together. Of authorities the first that is in order or can be made
 * whole, with the newest certificate for its key; one whose pair is whole, and due, gives way to none from a copy.
 */
function findBest(
  pair: DesiredPair,
  readable: readonly Candidate[],
  parts: Parts,
  context: CandidateContext,
): Candidate | undefined {
  const inOrder = readable.filter(isInOrder)
  if (pair.kind === 'certificate') return findNewest(inOrder) ?? findRemains(pair, context, parts, isInOrder)
  const whole = inOrder.length > 0 ? [] : readable.filter(isWhole)
  const isOwn = (each: Candidate) => whole.length === 0 || whole.some((own) => spkiOf(own) === spkiOf(each))
  const first = findRemains(pair, context, parts, (each) => isInOrder(each) && isOwn(each)) ?? inOrder[0]
  if (first) return findNewest(inOrder.filter((each) => spkiOf(each) === spkiOf(first))) ?? first
  // What is lost of one that is due is put back first: it is renewed when it is whole.
  return whole.length > 0 ? undefined : findRemains(pair, context, parts, canServe)
}

/** Where the wanted key is, or what is there can be renewed: what is missing on one host is not why another one is. */
function rank(pair: DesiredPair, candidate: Candidate): number {
  return Number(hasWantedKey(pair, candidate)) * 2 + Number(canServe(candidate))
}
