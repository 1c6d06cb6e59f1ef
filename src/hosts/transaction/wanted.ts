// What a transaction wants of one file, beside what is seen there. Pure.
import { createHash } from 'node:crypto'
import type { InstallOutcome, TransactionFile } from '../../model/transaction.ts'
import type { FoundFile } from './disk.ts'
import { type Reached, reach, type Seen, type View } from './look-at.ts'
import type { Dress, Step } from './step.ts'
import { explainFault } from './way.ts'

export interface Wanted {
  readonly file: TransactionFile
  /** What is at its path, and what that stands for. */
  readonly itself: Seen
  readonly reached: Reached
  /** Somebody has put it there already; only owner, group or mode may differ. Or has taken it away, where it is to go. */
  readonly same: boolean
  /** Where its new content is copied from; undefined for bytes, which come with the transaction. */
  readonly source?: Seen
}

/** Why something is not done: the outcome of the whole transaction. */
export interface Refused {
  readonly refused: InstallOutcome
}

export function refuse(kind: 'failed' | 'stale', path: string, detail: string): Refused {
  return { refused: { kind, path, detail } }
}

export function describeWanted(view: View, root: string, file: TransactionFile): Wanted {
  const { content, through } = file
  const reached = reach(view, `${root}${file.path}`)
  const source = sourceOf(view, root, file, reached)
  const live = through === undefined ? undefined : `${root}${through}`
  const sha256 =
    content.kind === 'bytes' ? hash(content.bytes) : content.kind === 'copied' && fileOf(source)?.sha256
  const itself = view.at(`${root}${file.path}`)
  const same = goes(file)
    ? itself.kind === 'absent'
    : reached.through?.live === live && sha256 !== false && fileOf(reached.seen)?.sha256 === sha256
  return { file, itself, reached, same, ...(source ? { source } : {}) }
}

/** Nothing is to be there, however it was put in place. */
export function goes({ content }: TransactionFile): boolean {
  return content.kind === 'removed'
}

export function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function sourceOf(
  view: View,
  root: string,
  { content }: TransactionFile,
  { seen }: Reached,
): Seen | undefined {
  if (content.kind === 'staged') return view.at(`${root}${content.stagedPath}`)
  if (content.kind === 'copied') return reach(view, `${root}${content.from.path}`).seen
  return content.kind === 'kept' ? seen : undefined
}

export function fileOf(seen: Seen | undefined): Extract<Seen, { kind: 'file' }> | undefined {
  return seen?.kind === 'file' ? seen : undefined
}

/** Its content stays where it is. */
export function stays({ file, same }: Wanted): boolean {
  return same || file.content.kind === 'kept'
}

/** Why nothing may be written: compare and swap, and ways that are not to be trusted. */
export function findObstacle(wanted: Wanted): Refused | undefined {
  const { file, reached, same } = wanted
  const { path, content, expect, through } = file
  const { seen } = reached
  if (seen.kind === 'refused') return refuse('failed', path, explainFault(seen.fault))
  if (!same && !holds(seen, expect))
    return refuse('stale', path, `has changed since the plan was made (${content.kind})`)
  if (goes(file))
    return reached.through
      ? refuse('failed', path, 'is a link of install: generations, and is not removed')
      : undefined
  if (through !== undefined && seen.way.kind === 'held')
    return refuse(
      'failed',
      path,
      `install: generations needs a folder where nobody else may write; ${seen.way.since} is not one`,
    )
  return findLostSource(wanted)
}

function holds(seen: Seen, expect: TransactionFile['expect']): boolean {
  if (expect.kind === 'absent') return seen.kind === 'absent'
  if (seen.kind !== 'file') return false
  if (expect.kind === 'not-a-key') return seen.spkiSha256 === undefined
  return expect.kind === 'certificate' ? seen.sha256 === expect.sha256 : seen.spkiSha256 === expect.spkiSha256
}

function findLostSource({ file: { path, content }, source }: Wanted): Refused | undefined {
  if (content.kind === 'copied' && fileOf(source)?.spkiSha256 !== content.spkiSha256)
    return refuse('failed', path, `${content.from.path} is no longer the key that the plan was made for`)
  return content.kind === 'staged' && !fileOf(source)
    ? refuse('failed', path, 'what was prepared for it is gone')
    : undefined
}

/** SHA-256 of what it will hold. */
export function newHash({ file: { content }, source }: Wanted): string {
  return content.kind === 'bytes' ? hash(content.bytes) : (fileOf(source)?.sha256 ?? '')
}

/** Its new content, as it will be, at a path where only we may write. */
export function bring(root: string, wanted: Wanted, to: string): Step[] {
  const { file, reached, source } = wanted
  const about = file.path
  const from = fileOf(source)
  const content: Step[] =
    file.content.kind === 'bytes'
      ? [{ do: 'write', about, to, bytes: file.content.bytes, sha256: hash(file.content.bytes) }]
      : from
        ? [{ do: 'copy', about, from: from.place, to, sha256: from.sha256 }]
        : []
  const like = reached.seen.kind === 'refused' ? {} : { like: reached.seen.place }
  return [...content, { do: 'dress', about, path: to, dress: dressOf(root, wanted), ...like }]
}

/** Below a root, owner and group are left alone; what stays the same file stays its owner's, and as old as it is. */
export function dressOf(root: string, wanted: Wanted): Dress {
  const { mode, owner, group, keepsTime } = wanted.file
  const found = fileOf(wanted.reached.seen)
  const kept = stays(wanted) ? found : undefined
  const said =
    root === ''
      ? { ...(owner === undefined ? {} : { owner }), ...(group === undefined ? {} : { group }) }
      : {}
  const aged = found && (kept || keepsTime) ? { modified: found.modified } : {}
  return { mode, ...(kept ? ownership(kept) : {}), ...said, ...aged }
}

export function ownership({ uid, gid }: Pick<FoundFile, 'uid' | 'gid'>): { owner: string; group: string } {
  return { owner: String(uid), group: String(gid) }
}

/** Whether owner, group and mode are as they are wanted. */
export function isDressed(found: FoundFile, { mode, owner, group }: Dress): boolean {
  return (
    found.mode === mode &&
    (owner === undefined || [found.owner, String(found.uid)].includes(owner)) &&
    (group === undefined || [found.group, String(found.gid)].includes(group))
  )
}
