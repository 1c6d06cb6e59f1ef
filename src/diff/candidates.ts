// Every place that holds a pair's key, judged.
import type { Actual, CertificateFact, HostActual, PrivateKeyFact } from '../model/actual.ts'
import type { Reason } from '../model/change.ts'
import type { DesiredPair, Placement } from '../model/desired.ts'
import { findIssueReasons } from './checks.ts'
import type { AuthorityState, Comparison } from './comparison.ts'
import { findCertificate } from './comparison.ts'

export interface Candidate {
  readonly placement: Placement
  readonly privateKeyPath: string
  readonly comparison: Comparison
  readonly reasons: readonly Reason[]
  readonly ignored: readonly Reason[]
}

export interface CandidateContext {
  readonly actual: Actual
  readonly at: Date
  /** Undefined with `pair.authority` set: the authority cannot be told. */
  readonly authority?: AuthorityState
  /** Of an authority: the pairs that it signs. */
  readonly signs: readonly DesiredPair[]
}

/** Each holder's own key and certificate; `unseen`: hosts of those that cannot be told. */
export function findCandidates(
  pair: DesiredPair,
  context: CandidateContext,
): { known: Candidate[]; unseen: string[] } {
  const known: Candidate[] = []
  const unseen: string[] = []
  for (const placement of pair.placements) {
    const { privateKey } = placement
    if (!privateKey) continue
    const host = context.actual.hosts[placement.host]
    const certificate =
      host?.kind === 'observed' ? certificateAt(host, placement.certificate.path) : undefined
    const key = host?.kind === 'observed' ? keyAt(host, privateKey.path) : undefined
    if (!certificate || !key || certificate.kind === 'unreadable' || key.kind === 'unreadable')
      unseen.push(placement.host)
    else {
      const found = { certificate, certificatePath: placement.certificate.path }
      known.push(judge(pair, placement, { key, path: privateKey.path }, found, context))
    }
  }
  return { known, unseen }
}

/** The newest of those in order; among equals the first. */
export function findNewest(candidates: readonly Candidate[]): Candidate | undefined {
  const start = ({ comparison }: Candidate) => Date.parse(findCertificate(comparison)?.notBefore ?? '')
  return candidates.toSorted((a, b) => start(b) - start(a))[0]
}

function certificateAt(host: HostActual, path: string): CertificateFact {
  return host.certificates[path] ?? { kind: 'absent' }
}

function keyAt(host: HostActual, path: string): PrivateKeyFact {
  return host.privateKeys[path] ?? { kind: 'absent' }
}

export function judge(
  pair: DesiredPair,
  placement: Placement,
  { key, path }: { readonly key: PrivateKeyFact; readonly path: string },
  found: Pick<Comparison, 'certificate' | 'certificatePath'>,
  { at, authority }: CandidateContext,
): Candidate {
  const comparison: Comparison = {
    pair,
    ...found,
    privateKeyPath: path,
    privateKey: key,
    at,
    ...(authority ? { authority } : {}),
  }
  return { placement, privateKeyPath: path, comparison, ...findIssueReasons(comparison) }
}
