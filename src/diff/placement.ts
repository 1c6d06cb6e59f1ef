import type { CertificateFact, FileStat, HostActual, PrivateKeyFact } from '../model/actual.ts'
import type { Certificate } from '../model/certificate.ts'
import type { Reason, ReasonCode } from '../model/change.ts'
import type { DesiredFile, DesiredPair, Placement } from '../model/desired.ts'
import type { FileDifference, PlacementDifference } from '../model/difference.ts'
import { splitIgnored } from './checks.ts'
import { sourceOf } from './comparison.ts'
import { placementFiles } from './files.ts'
import { type Holds, isHeld, placeOf } from './holds/hold.ts'
import { renewalTime } from './validity.ts'

export interface PlacementContext {
  readonly host: HostActual
  /** What follows the certificate in its file; absent: that is not known. */
  readonly chain?: readonly Certificate[]
  readonly wanted: WantedContent
  readonly holds: Holds
}

export type WantedContent =
  | { readonly kind: 'pair'; readonly certificate: Certificate; readonly spkiSha256: string }
  /** A new pair is issued; `reuseSpki`: for the key that is there, which is this one. */
  | { readonly kind: 'issued'; readonly reuseSpki?: string }
  /** Nobody can tell: what is there stays. */
  | { readonly kind: 'unknown' }

/** What has to be written at one place, beyond issuing: files to copy, chains to complete, owners and modes to repair. */
export function comparePlacement(
  pair: DesiredPair,
  placement: Placement,
  context: PlacementContext,
): PlacementDifference {
  const files = placementFiles(placement).map(({ file, what, copy }): FileDifference => {
    const metadata = { file, copy }
    if (what === 'certificate') {
      const fact: CertificateFact = context.host.certificates[file.path] ?? { kind: 'absent' }
      return finish({ ...metadata, what, fact }, compareCertificate(pair, file, fact, context), pair, context)
    }
    const fact: PrivateKeyFact = context.host.privateKeys[file.path] ?? { kind: 'absent' }
    return finish({ ...metadata, what, fact }, compareKey(file, fact, pair, context), pair, context)
  })
  return {
    placement,
    ...findDue(pair, placement, context.host),
    files: files.map((file) => withhold(file, pair, placement.host, context.holds)),
  }
}

function findDue(
  pair: DesiredPair,
  { certificate }: Placement,
  host: HostActual,
): Pick<PlacementDifference, 'dueAt'> {
  const fact = host.certificates[certificate.path]
  if (pair.supplied || fact?.kind !== 'certificate') return {}
  return { dueAt: renewalTime(pair, fact.certificates[0]) }
}

/** What is held back stays as it is, and is not forgotten. */
function withhold(file: FileDifference, { id }: DesiredPair, host: string, holds: Holds): FileDifference {
  const isLeft = [{ what: 'host', host } as const, placementOf(id, host), placeOf(id, host, file.copy)]
  if (file.write === 'nothing') return file
  if (!holds.readOnly.has(host) && !isLeft.some((held) => isHeld(holds, held))) return file
  return { ...file, write: 'nothing', withheld: file.write }
}

/** Copies of a pair that stays as it is stay as well. */
function placementOf(pair: string, host: string) {
  return { what: 'placement', pair, host } as const
}

/** `issued`: rewritten because the pair is, which is its own reason. */
type ContentVerdict = 'issued' | 'same' | Reason

function compareCertificate(
  pair: DesiredPair,
  file: DesiredFile,
  fact: CertificateFact,
  { wanted, chain }: PlacementContext,
): ContentVerdict {
  if (wanted.kind === 'unknown' || fact.kind === 'unreadable') return 'same'
  if (wanted.kind === 'issued') return 'issued'
  if (fact.kind === 'absent')
    return { code: 'missing', message: `${file.path} does not exist`, source: file.source }
  if (fact.kind === 'not-a-certificate')
    return { code: contentCode(pair), message: `${file.path}: ${fact.detail}`, source: file.source }
  const [found, ...above] = fact.certificates
  if (found.fingerprint !== wanted.certificate.fingerprint)
    return {
      code: contentCode(pair),
      message: `${file.path} has ${short(found.fingerprint)}, wanted ${short(wanted.certificate.fingerprint)}`,
      source: file.source,
    }
  if (!chain || above.map(fingerprint).join() === chain.map(fingerprint).join()) return 'same'
  const message = `${file.path} carries ${count(above.length)} above the certificate, wanted ${count(chain.length)}${above.length === chain.length ? ' in order' : ''}`
  return { code: 'chain-differs', message, source: sourceOf(pair, 'certificate') }
}

function compareKey(
  file: DesiredFile,
  fact: PrivateKeyFact,
  pair: DesiredPair,
  { wanted }: PlacementContext,
): ContentVerdict {
  const found = fact.kind === 'private-key' ? fact.publicKey.spkiSha256 : undefined
  // Rubbish is no key that somebody could miss, once the right one is known. Anything else is for a human to look at.
  const isLeft = fact.kind === 'unreadable' && fact.problem !== 'not-a-key'
  if (wanted.kind === 'unknown' || isLeft) return 'same'
  if (wanted.kind === 'issued') return found !== undefined && found === wanted.reuseSpki ? 'same' : 'issued'
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

/** Adds what owner, group and mode say, and settles what is to be written. */
function finish(
  base: Unfinished,
  content: ContentVerdict,
  pair: DesiredPair,
  { host }: PlacementContext,
): FileDifference {
  const stat = 'stat' in base.fact ? base.fact.stat : undefined
  const file = stat ? { ...base.file, mode: settleMode(base.file, stat) } : base.file
  const metadata = stat ? compareMetadata(file, stat, host.managesOwnership) : []
  const layout = stat ? compareLayout(file, stat) : []
  const found = [...(typeof content === 'string' ? [] : [content]), ...layout, ...metadata]
  const { reasons } = splitIgnored(found, pair.ignoreDifferences)
  const rewritten = content === 'issued' || layout.length > 0 || reasons.some((reason) => reason === content)
  const write = rewritten ? 'content' : reasons.length > 0 ? 'metadata' : 'nothing'
  return { ...base, file, write, reasons }
}

type Unfinished =
  | Omit<Extract<FileDifference, { what: 'certificate' }>, 'write' | 'reasons'>
  | Omit<Extract<FileDifference, { what: 'private-key' }>, 'write' | 'reasons'>

/** Whether it is put in place as the policy wants it: as a file, or as a link that is switched. */
function compareLayout({ path, through, source }: DesiredFile, stat: FileStat): Reason[] {
  if (through === stat.through) return []
  const message =
    through === undefined ? `${path} is a link, wanted a file` : `${path} is a file, wanted a link`
  return [{ code: 'install-differs', message, source }]
}

/** A default takes away what it does not have, and opens to nobody what somebody has made narrower. */
function settleMode({ mode, isModeSaid }: DesiredFile, stat: FileStat): number {
  return isModeSaid ? mode : mode & stat.mode
}

function compareMetadata(file: DesiredFile, stat: FileStat, managesOwnership: boolean): Reason[] {
  const reasons: Reason[] = []
  const add = (code: Reason['code'], message: string) => reasons.push({ code, message, source: file.source })
  if (managesOwnership && file.owner !== undefined && file.owner !== stat.owner)
    add('owner-differs', `${file.path} belongs to ${stat.owner}, wanted ${file.owner}`)
  if (managesOwnership && file.group !== undefined && file.group !== stat.group)
    add('group-differs', `${file.path} has group ${stat.group}, wanted ${file.group}`)
  if (file.mode !== stat.mode)
    add('mode-differs', `${file.path} has mode ${octal(stat.mode)}, wanted ${octal(file.mode)}`)
  return reasons
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

function fingerprint(certificate: Certificate): string {
  return certificate.fingerprint
}

function short(hex: string): string {
  return `sha256:${hex.slice(0, 8)}…`
}

function count(certificates: number): string {
  return `${certificates === 0 ? 'no' : certificates} certificate${certificates === 1 ? '' : 's'}`
}
