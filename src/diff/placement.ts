import type { CertificateFact, FileStat, HostActual, PrivateKeyFact } from '../model/actual.ts'
import type { Certificate } from '../model/certificate.ts'
import type { Reason } from '../model/change.ts'
import type { DesiredFile, DesiredPair, Placement } from '../model/desired.ts'
import type { FileDifference, PlacementDifference } from '../model/difference.ts'
import { splitIgnored } from './checks.ts'
import {
  type ContentVerdict,
  compareCertificate,
  compareKey,
  describeCertificate,
  describeKey,
  type WantedContent,
} from './content.ts'
import { placementFiles } from './files.ts'
import { type Holds, isHeld, placeOf } from './holds/hold.ts'
import type { Follow } from './rotation/files.ts'
import { renewalTime } from './validity.ts'

export interface PlacementContext {
  readonly host: HostActual
  /** What follows the certificate in its file; absent: that is not known. */
  readonly chain?: readonly Certificate[]
  readonly wanted: WantedContent
  readonly holds: Holds
  /** Instead of `chain`, given what is there. */
  readonly follow?: Follow
  /** Where on the host the wanted key is already. */
  readonly findSource?: (host: HostActual, spkiSha256: string) => string | undefined
}

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
      const told = describeCertificate(fact, context)
      const verdict = compareCertificate(pair, file, fact, context)
      return finish({ ...metadata, what, fact, ...told }, verdict, pair, context)
    }
    const fact: PrivateKeyFact = context.host.privateKeys[file.path] ?? { kind: 'absent' }
    const told = describeKey(context)
    return finish({ ...metadata, what, fact, ...told }, compareKey(file, fact, pair, context), pair, context)
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
  if (typeof content !== 'string' && content.code === 'rotation-over')
    return { ...base, file, write: 'removal', reasons: [content] }
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
