// One transaction on a remote host, in one round trip: all files, or none.
import { createHash } from 'node:crypto'
import { basename, dirname } from 'node:path'
import type { InstallOutcome, Transaction, TransactionFile } from '../../model/host.ts'
import type { Connection, Records } from './connection.ts'
import { explainFailure } from './failure.ts'
import { locate, stagedPath, waitingPath } from './paths.ts'
import { call } from './quote.ts'
import { makeScript, type Script } from './script.ts'

export interface InstallContext {
  readonly connection: Connection
  readonly root: string
}

export async function installTransaction(
  { connection, root }: InstallContext,
  { id, folders, files, pairs }: Transaction,
): Promise<InstallOutcome> {
  const script = makeScript()
  const placed = files.map((file) => place(file, root))
  for (const [index, { file, location }] of placed.entries()) {
    addSameness(script, root, index, file, location)
    addExpectation(script, index, file, location)
  }
  const brought = placed.map((each, at) => ({ at, step: bring(script, root, each, at) }))
  const places = (path: string) => [
    locate(root, path),
    placed.find(({ file }) => file.path === path)?.switched?.waiting ?? '-',
  ]
  const fitting = pairs.map(({ certificate, privateKey, passphrase }) => ({
    at: files.findIndex(({ path }) => path === privateKey),
    step: call('fits', ...places(certificate), ...places(privateKey), script.secret(passphrase)),
  }))
  const steps = [
    ...folders.map((folder) => ({ at: -1, step: call('folder', locate(root, folder)) })),
    ...brought,
    { at: -1, step: announceWaiting(placed) },
    ...placed.flatMap((each, at) => ({ at, step: setAside(root, each, at) })),
    ...fitting,
    { at: -1, step: call('begin', id) },
    { at: -1, step: 'replaced=yes' },
    ...placed.map(({ location, switched }, at) => ({
      at,
      step: call('keep', at, switched ? 'replace' : 'adorn', location, switched?.waiting ?? '-'),
    })),
    { at: -1, step: 'write_journal' },
    ...placed.map(({ file, location, switched }, at) => ({
      at,
      step: switched
        ? `if is_same ${at}; then ${adorn(root, location, file)}; fi`
        : adorn(root, location, file),
    })),
    // Everything that is to change in a folder changes in one go: nobody finds a new certificate beside an old key for
    // longer than two renames take.
    ...groupByFolder(placed).map(([waiting, names]) => ({
      at: -1,
      step: call('switch', waiting, dirname(waiting), ...names),
    })),
    ...placed.flatMap(({ location, switched }, at) =>
      switched ? [{ at, step: call('read_back', at, location) }] : [],
    ),
    { at: -1, step: 'commit' },
  ]
  const chain = steps
    .filter(({ step }) => step !== '')
    .map(({ at, step }) => `{ at=${at}; ${step}; }`)
    .join(' &&\n')
  const text = [
    "moved=no; replaced=no; same=''; at=-1",
    script.text(),
    `if [ "$moved" = no ]; then\n{ ${chain} && say installed && prune; } || { say at "$at"; if [ "$replaced" = yes ]; then say replaced; undo; fi; }\nfi`,
  ].join('\n')
  const records = await connection.request(text, { payloads: script.payloads, timeoutMs: 120_000 })
  return judge(records, files)
}

export function judge(records: Records, files: readonly TransactionFile[] = []): InstallOutcome {
  const has = (wanted: string) => records.some(([word]) => word === wanted)
  const moved = records.find(([word]) => word === 'stale')
  if (moved) {
    const file = files[Number(moved[1])]
    const detail = `has changed since the plan was made (${file?.content.kind})`
    return { kind: 'stale', path: file?.path ?? '', detail }
  }
  if (has('installed')) return { kind: 'installed' }
  const path = files[Number(records.find(([word]) => word === 'at')?.[1])]?.path
  const where = path === undefined ? {} : { path }
  const detail = explainFailure(records)
  return has('replaced') && !has('undone')
    ? { kind: 'stuck', detail: `${detail}; and what had been begun could not be undone`, ...where }
    : { kind: 'failed', detail, ...where }
}

interface Placed {
  readonly file: TransactionFile
  readonly location: string
  /** Absent: the file stays, only its owner, group or mode change. */
  readonly switched?: {
    /** Where it is written. */
    readonly staged: string
    /** Under its own name in a folder beside it, from where all that belongs together goes to its place at once. */
    readonly waiting: string
  }
}

function place(file: TransactionFile, root: string): Placed {
  const { path, content } = file
  const location = locate(root, path)
  if (content.kind === 'kept') return { file, location }
  const staged = content.kind === 'staged' ? locate(root, content.stagedPath) : stagedPath(location)
  return { file, location, switched: { staged, waiting: waitingPath(location) } }
}

/** Where files wait beside their folder, and their names. */
function groupByFolder(placed: readonly Placed[]): [string, string[]][] {
  const folders = new Map<string, string[]>()
  for (const { switched } of placed) {
    if (!switched) continue
    const { waiting } = switched
    folders.set(dirname(waiting), [...(folders.get(dirname(waiting)) ?? []), basename(waiting)])
  }
  return [...folders]
}

/** What holds the wanted bytes already needs no more than its owner, group and mode. */
function addSameness(
  script: Script,
  root: string,
  index: number,
  { content }: TransactionFile,
  location: string,
): void {
  if (content.kind === 'bytes') script.add('same', index, location, sha256Of(content.bytes))
  if (content.kind === 'copied') script.add('same_as', index, location, locate(root, content.from.path))
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function addExpectation(script: Script, index: number, { expect }: TransactionFile, location: string): void {
  if (expect.kind === 'absent') script.add('expect_absent', index, location)
  else if (expect.kind === 'certificate') script.add('expect_hash', index, location, expect.sha256)
  else script.add('expect_key', index, location, expect.spkiSha256, script.secret(expect.passphrase))
}

/** The new content beside its place, on the disk. */
function bring(script: Script, root: string, { file, location, switched }: Placed, index: number): string {
  if (!switched || file.content.kind === 'staged') return ''
  const { steps, unread } = bringContent(script, root, file.content, location, switched.staged)
  return `if is_same ${index}; then take ${unread} > /dev/null; else ${steps.join(' && ')}; fi`
}

/** Once everything has been brought (a key may be copied from where another was staged). */
function setAside(root: string, { file, switched }: Placed, index: number): string {
  if (!switched) return ''
  const { staged, waiting } = switched
  const steps = `${adorn(root, staged, file)} && ${call('await', index, staged, waiting)}`
  return file.content.kind === 'staged' ? steps : `is_same ${index} || { ${steps}; }`
}

function announceWaiting(placed: readonly Placed[]): string {
  const paths = placed.flatMap(({ switched }) => (switched ? [switched.waiting] : []))
  if (paths.length === 0) return ''
  const folders = [...new Set(paths.map(dirname))]
  return `${call('announce', 'folder', ...folders)} && ${call('announce', 'file', ...paths)}`
}

/** The steps, and how much of the payload they take: that is to be taken even where they are not needed. */
function bringContent(
  script: Script,
  root: string,
  content: TransactionFile['content'],
  location: string,
  staged: string,
): { steps: string[]; unread: number } {
  const before = [call('parents', dirname(location)), call('announce', 'file', staged)]
  if (content.kind === 'bytes') {
    const unread = script.payload(content.bytes)
    return { steps: [...before, call('stage', staged, unread, sha256Of(content.bytes))], unread }
  }
  if (content.kind !== 'copied') return { steps: [], unread: 0 }
  const { from, spkiSha256 } = content
  const passphrase = script.secret(from.passphrase)
  const copy = call('copy_key', staged, locate(root, from.path), spkiSha256, passphrase)
  return { steps: [...before, copy], unread: passphrase === '-' ? 0 : Number(passphrase) }
}

function adorn(root: string, path: string, { mode, owner, group }: TransactionFile): string {
  const names = root === '' ? [owner ?? '', group ?? ''] : ['', '']
  return call('adorn', path, mode.toString(8), ...names)
}
