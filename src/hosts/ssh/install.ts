// One transaction on a remote host, in one round trip: all files, or none.
import { createHash } from 'node:crypto'
import { basename, dirname } from 'node:path'
import type { InstallOutcome, Transaction, TransactionFile } from '../../model/host.ts'
import type { Connection, Records } from './connection.ts'
import { explainFailure } from './failure.ts'
import { locate, runWord, stagedPath, waitingPath } from './paths.ts'
import { call } from './quote.ts'
import { makeScript, type Script } from './script.ts'
import type { Staging } from './staging.ts'

export interface InstallContext {
  readonly connection: Connection
  readonly root: string
  readonly generations: string
  readonly staging: Staging
}

export async function installTransaction(
  { connection, root, generations, staging }: InstallContext,
  { id, folders, files }: Transaction,
): Promise<InstallOutcome> {
  const script = makeScript()
  const placed = files.map((file) => place(file, root))
  for (const { staged, waiting } of placed.flatMap(({ switched }) => switched ?? [])) {
    staging.files.add(staged).add(waiting)
    if (!staging.folders.includes(dirname(waiting))) staging.folders.push(dirname(waiting))
  }
  for (const [index, { file, location }] of placed.entries()) {
    addSameness(script, root, index, file, location)
    addExpectation(script, index, file, location)
  }
  const steps = [
    ...groupByFolder(placed).map(([waiting]) => ({ at: -1, step: call('sweep', runWord, dirname(waiting)) })),
    ...folders.map((folder) => ({ at: -1, step: call('folder', locate(root, folder)) })),
    ...placed.map((each, at) => ({ at, step: prepare(script, root, each, at) })),
    // Only now: until all is prepared, a staged key is copied from where it was staged.
    ...placed.map((each, at) => ({ at, step: queue(each, at) })),
    { at: -1, step: call('begin', generations, id) },
    ...placed.map(({ location }, at) => ({ at: -1, step: call('keep', at, location) })),
    { at: -1, step: 'replaced=yes' },
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
  ]
  const chain = steps
    .filter(({ step }) => step !== '')
    .map(({ at, step }) => `{ at=${at}; ${step}; }`)
    .join(' &&\n')
  const undo = `{ say at "$at"; if [ "$replaced" = yes ]; then ${call('restore', `${generations}/${id}`)}; fi; }`
  const text = [
    "moved=no; replaced=no; same=''; at=-1",
    script.text(),
    `if [ "$moved" = no ]; then\n{ ${chain} && say installed; } || ${undo}`,
    `${call('prune', generations)}\nfi`,
  ].join('\n')
  const records = await connection.request(text, { payloads: script.payloads, timeoutMs: 120_000 })
  staging.remember(records)
  return judge(records, files, staging)
}

function judge(records: Records, files: readonly TransactionFile[], staging: Staging): InstallOutcome {
  const moved = records.find(([word]) => word === 'stale')
  if (moved) {
    const file = files[Number(moved[1])]
    const detail = `has changed since the plan was made (${file?.content.kind})`
    return { kind: 'stale', path: file?.path ?? '', detail }
  }
  if (records.some(([word]) => word === 'installed')) {
    staging.folders.length = 0
    return { kind: 'installed' }
  }
  const path = files[Number(records.find(([word]) => word === 'at')?.[1])]?.path
  return { kind: 'failed', detail: explainFailure(records), ...(path === undefined ? {} : { path }) }
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

/** Everything about a file but its place, before anything is visible. */
function prepare(script: Script, root: string, { file, location, switched }: Placed, index: number): string {
  if (!switched) return ''
  const { staged } = switched
  const { bring, unread } = bringContent(script, root, file.content, location, staged)
  const steps = [...bring, adorn(root, staged, file)].join(' && ')
  if (file.content.kind === 'staged') return steps
  return `if is_same ${index}; then take ${unread} > /dev/null; else ${steps}; fi`
}

/** Among those that go to their places together. */
function queue({ switched }: Placed, index: number): string {
  if (!switched) return ''
  return `if ! is_same ${index}; then ${call('await', index, switched.staged, switched.waiting)}; fi`
}

/** The steps, and how much of the payload they take: that is to be taken even where they are not needed. */
function bringContent(
  script: Script,
  root: string,
  content: TransactionFile['content'],
  location: string,
  staged: string,
): { bring: string[]; unread: number } {
  const parents = call('parents', dirname(location))
  if (content.kind === 'bytes') {
    const unread = script.payload(content.bytes)
    return { bring: [parents, call('stage', staged, unread, sha256Of(content.bytes))], unread }
  }
  if (content.kind !== 'copied') return { bring: [], unread: 0 }
  const { from, spkiSha256 } = content
  const passphrase = script.secret(from.passphrase)
  const copy = call('copy_key', staged, locate(root, from.path), spkiSha256, passphrase)
  return { bring: [parents, copy], unread: passphrase === '-' ? 0 : Number(passphrase) }
}

function adorn(root: string, path: string, { mode, owner, group }: TransactionFile): string {
  const names = root === '' ? [owner ?? '', group ?? ''] : ['', '']
  return call('adorn', path, mode.toString(8), ...names)
}
