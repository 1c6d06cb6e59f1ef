// Every place that holds a pair's key, judged; and, where none is in order, what could be put together from all places.
import type {
  Actual,
  CertificateFact,
  CertificateFile,
  HostActual,
  PrivateKeyFact,
  PrivateKeyFile,
} from '../model/actual.ts'
import type { Reason } from '../model/change.ts'
import type { DesiredPair, Placement } from '../model/desired.ts'
import { findIssueReasons } from './checks.ts'
import type { AuthorityState, Comparison } from './comparison.ts'
import { findCertificate } from './comparison.ts'
import { placementFiles } from './files.ts'

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

/**
 * A key and a certificate that belong together and are in order, from wherever they are: a copy on the same host, or a
 * certificate on another one. Undefined: there is nothing to put together.
 */
export function findRemains(
  pair: DesiredPair,
  context: CandidateContext,
  mayRead: (host: string) => boolean,
): Candidate | undefined {
  const readable = pair.placements.filter(({ host }) => mayRead(host))
  const certificates = readable.flatMap((placement) => listCertificates(placement, context))
  const distinct = [...new Map(certificates.map((each) => [each.certificate.sha256, each])).values()]
  return readable
    .flatMap((placement) => listKeys(placement, context))
    .flatMap(({ placement, ...key }) =>
      distinct
        .filter(({ certificate }) => belongTogether(certificate, key.key))
        .map((found) => judge(pair, placement, key, found, context)),
    )
    .find(({ reasons }) => reasons.length === 0)
}

function belongTogether({ certificates: [first] }: CertificateFile, { publicKey }: PrivateKeyFile): boolean {
  return first.publicKey.spkiSha256 === publicKey.spkiSha256
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

function listCertificates(placement: Placement, { actual }: CandidateContext) {
  const host = actual.hosts[placement.host]
  if (host?.kind !== 'observed') return []
  return placementFiles(placement).flatMap(({ file, what }) => {
    const certificate = what === 'certificate' ? certificateAt(host, file.path) : undefined
    return certificate?.kind === 'certificate' ? [{ certificate, certificatePath: file.path }] : []
  })
}

function listKeys(placement: Placement, { actual }: CandidateContext) {
  const host = actual.hosts[placement.host]
  if (host?.kind !== 'observed') return []
  return placementFiles(placement).flatMap(({ file, what }) => {
    const key = what === 'private-key' ? keyAt(host, file.path) : undefined
    return key?.kind === 'private-key' ? [{ placement, key, path: file.path }] : []
  })
}

function judge(
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
