// What a file of a pair holds, beside what it is to hold. Decides only.
import type { CertificateFact, HostActual, PrivateKeyFact } from '../model/actual.ts'
import type { Certificate } from '../model/certificate.ts'
import type { Reason, ReasonCode } from '../model/change.ts'
import type { DesiredFile, DesiredPair } from '../model/desired.ts'
import type { FileDifference } from '../model/difference.ts'
import { sourceOf } from './comparison.ts'
import type { Follow } from './rotation/files.ts'

export type WantedContent =
  /** Without a key: it is nowhere at hand, and what is there of it stays. */
  | { readonly kind: 'pair'; readonly certificate: Certificate; readonly spkiSha256?: string }
  /** A new pair is issued; `reuseSpki`: for the key that is there, which is this one. */
  | { readonly kind: 'issued'; readonly reuseSpki?: string }
  /** Nobody can tell: what is there stays. */
  | { readonly kind: 'unknown' }
  /** Nothing is to be there. */
  | { readonly kind: 'removed' }

export interface ContentContext {
  readonly host: HostActual
  readonly wanted: WantedContent
  /** What follows the certificate in its file; absent: that is not known. */
  readonly chain?: readonly Certificate[]
  /** Instead of `chain`, given what is there. */
  readonly follow?: Follow
  /** Where on the host the wanted key is already. */
  readonly findSource?: (host: HostActual, spkiSha256: string) => string | undefined
}

/** `issued`: rewritten because the pair is, which is its own reason. */
export type ContentVerdict = 'issued' | 'same' | Reason

export function compareCertificate(
  pair: DesiredPair,
  file: DesiredFile,
  fact: CertificateFact,
  { wanted, chain, follow }: ContentContext,
): ContentVerdict {
  if (wanted.kind === 'unknown' || fact.kind === 'unreadable') return 'same'
  if (wanted.kind === 'removed') return compareRemoved(file, fact)
  if (wanted.kind === 'issued') return 'issued'
  if (fact.kind === 'absent')
    return { code: 'missing', message: `${file.path} does not exist`, source: file.source }
  if (fact.kind === 'not-a-certificate')
    return { code: contentCode(pair), message: `${file.path}: ${fact.detail}`, source: file.source }
  const [found, ...above] = fact.certificates
  const after = follow?.(fact)
  if (after) return compareAnchors(pair, file, fact.certificates, [wanted.certificate, ...after])
  if (found.fingerprint !== wanted.certificate.fingerprint)
    return {
      code: contentCode(pair),
      message: `${file.path} has ${short(found.fingerprint)}, wanted ${short(wanted.certificate.fingerprint)}`,
      source: file.source,
    }
  if (!chain || list(above) === list(chain)) return 'same'
  const message = `${file.path} carries ${count(above.length)} above the certificate, wanted ${count(chain.length)}${above.length === chain.length ? ' in order' : ''}`
  return { code: 'chain-differs', message, source: sourceOf(pair, 'certificate') }
}

/** The first is the one that fits the key, for readers that take no other; the rest is a set. */
function compareAnchors(
  pair: DesiredPair,
  file: DesiredFile,
  found: readonly Certificate[],
  wanted: readonly Certificate[],
): ContentVerdict {
  const isFirst = found[0]?.fingerprint === wanted[0]?.fingerprint
  if (isFirst && isSameSet(found, wanted)) return 'same'
  const isBundle = found.length + wanted.length > 2
  const code = isBundle ? 'trust-differs' : contentCode(pair)
  const message = `${file.path} has ${describe(found)}, wanted ${describe(wanted)}`
  return { code, message, source: file.source }
}

function isSameSet(one: readonly Certificate[], other: readonly Certificate[]): boolean {
  return list(sort(one)) === list(sort(other))
}

function sort(certificates: readonly Certificate[]): Certificate[] {
  return certificates.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))
}

function compareRemoved(
  { path, source }: DesiredFile,
  fact: CertificateFact | PrivateKeyFact,
): ContentVerdict {
  if (fact.kind === 'absent') return 'same'
  return { code: 'rotation-over', message: `${path} is not needed any more`, source }
}

export function compareKey(
  file: DesiredFile,
  fact: PrivateKeyFact,
  pair: DesiredPair,
  { wanted }: ContentContext,
): ContentVerdict {
  const found = fact.kind === 'private-key' ? fact.publicKey.spkiSha256 : undefined
  // Rubbish is no key that somebody could miss, once the right one is known. Anything else is for a human to look at.
  const isLeft = fact.kind === 'unreadable' && fact.problem !== 'not-a-key'
  if (wanted.kind === 'unknown' || isLeft) return 'same'
  if (wanted.kind === 'removed') return compareRemoved(file, fact)
  if (wanted.kind === 'issued') return found !== undefined && found === wanted.reuseSpki ? 'same' : 'issued'
  if (wanted.spkiSha256 === undefined) return 'same'
  if (fact.kind === 'absent')
    return { code: 'missing', message: `${file.path} does not exist`, source: file.source }
  if (fact.kind === 'unreadable')
    return { code: contentCode(pair), message: `${file.path} ${fact.detail}`, source: file.source }
  if (found === wanted.spkiSha256) return 'same'
  return {
    code: contentCode(pair),
    message: `${file.path} is key ${short(fact.publicKey.spkiSha256)}, wanted ${short(wanted.spkiSha256)}`,
    source: file.source,
  }
}

/** Differing from the pair at its origin, or from what the user supplies. */
function contentCode(pair: DesiredPair): ReasonCode {
  return pair.supplied ? 'supplied-differs' : 'copy-differs'
}

/** What will follow in a file of certificates, and whether that is what follows already, in another order. */
export function describeCertificate(
  fact: CertificateFact,
  { wanted, follow, chain }: ContentContext,
): Pick<FileDifference, 'followedBy' | 'isReordered'> {
  const followedBy = follow?.(fact) ?? chain
  if (!followedBy || wanted.kind !== 'pair') return {}
  const isReordered =
    follow !== undefined &&
    fact.kind === 'certificate' &&
    isSameSet(fact.certificates, [wanted.certificate, ...followedBy])
  return { followedBy, ...(isReordered ? { isReordered } : {}) }
}

export function describeKey({ host, wanted, findSource }: ContentContext): Pick<FileDifference, 'source'> {
  const spkiSha256 = wanted.kind === 'pair' ? wanted.spkiSha256 : undefined
  const source = spkiSha256 === undefined ? undefined : findSource?.(host, spkiSha256)
  return source === undefined ? {} : { source }
}

function list(certificates: readonly Certificate[]): string {
  return certificates.map(({ fingerprint }) => fingerprint).join()
}

function describe(certificates: readonly Certificate[]): string {
  return certificates.map(({ fingerprint }) => short(fingerprint)).join(' + ')
}

function short(hex: string): string {
  return `sha256:${hex.slice(0, 8)}…`
}

function count(certificates: number): string {
  return `${certificates === 0 ? 'no' : certificates} certificate${certificates === 1 ? '' : 's'}`
}
