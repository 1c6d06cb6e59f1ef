// One transaction on a remote host, in one round trip: all files, or none.
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import type { InstallOutcome, PairLocation, Transaction, TransactionFile } from '../../model/transaction.ts'
import type { Connection, Records } from './connection.ts'
import { explainFailure } from './failure.ts'
import { locate } from './paths.ts'
import { groupByFolder, isReplaced, type Placed, placeAll, setsOf } from './placed.ts'
import { call } from './quote.ts'
import { makeScript, type Script } from './script.ts'

export interface InstallContext {
  readonly connection: Connection
  readonly root: string
}

/** A step, and the index of the file that it is about. */
interface Step {
  readonly at: number
  readonly step: string
}

export async function installTransaction(
  { connection, root }: InstallContext,
  { id, folders, files, pairs }: Transaction,
): Promise<InstallOutcome> {
  const script = makeScript()
  const placed = placeAll(files, root)
  for (const each of placed) {
    addSameness(script, root, each)
    addExpectation(script, each)
  }
  for (const { number, files: own } of setsOf(placed)) script.add('together', number, ...own)
  // In this order the payloads follow.
  const steps = [
    ...folders.map((folder) => about(call('folder', locate(root, folder)))),
    ...setsOf(placed).map(({ number, live, tree }) =>
      about(`${ifSet(number)} ${call('grow', live, tree)}; fi`),
    ),
    ...placed.map((each) => ({ at: each.index, step: bring(script, root, each) })),
    ...setAside(placed),
    ...pairs.map((pair) => checkPair(script, root, placed, pair)),
    about(call('begin', id)),
    about('replaced=yes'),
    ...keepAll(placed),
    about('write_journal'),
    ...placed.map(({ index, file, location }) => ({
      at: index,
      step: `if is_kept ${index}; then ${adorn(root, location, file)}; fi`,
    })),
    // Everything that is to change in a folder changes in one go: nobody finds a new certificate beside an old key for
    // longer than two renames take.
    ...groupByFolder(placed).map(([waiting, names]) =>
      about(call('switch', waiting, dirname(waiting), ...names)),
    ),
    about('with_retired drop_link'),
    ...placed
      .filter(isReplaced)
      .map(({ index, location }) => ({ at: index, step: call('read_back', index, location) })),
    about('commit'),
  ]
  const records = await connection.request(assemble(script, steps, placed), {
    payloads: script.payloads,
    timeoutMs: 120_000,
  })
  return judge(records, files)
}

function about(step: string): Step {
  return { at: -1, step }
}

function assemble(script: Script, steps: readonly Step[], placed: readonly Placed[]): string {
  const chain = steps
    .filter(({ step }) => step !== '')
    .map(({ at, step }) => `{ at=${at}; ${step}; }`)
    .join(' &&\n')
  const kept = placed.filter(({ file }) => file.content.kind === 'kept').map(({ index }) => ` ${index} `)
  return [
    `moved=no; replaced=no; same=''; changed=''; retired=''; stays='${kept.join('')}'; at=-1`,
    script.text(),
    `if [ "$moved" = no ]; then\n{ ${chain} && say installed && prune; } || { say at "$at"; if [ "$replaced" = yes ]; then say replaced; undo; fi; }\nfi`,
  ].join('\n')
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

/** What holds the wanted bytes already, and is put in place as wanted, needs no more than its owner, group and mode. */
function addSameness(script: Script, root: string, { index, file, location, set }: Placed): void {
  const { content } = file
  const through = set?.live ?? '-'
  if (content.kind === 'bytes') script.add('same', index, location, sha256Of(content.bytes), through)
  if (content.kind === 'copied')
    script.add('same_as', index, location, locate(root, content.from.path), through)
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function addExpectation(script: Script, { index, file: { expect }, location }: Placed): void {
  if (expect.kind === 'absent') script.add('expect_absent', index, location)
  else if (expect.kind === 'certificate') script.add('expect_hash', index, location, expect.sha256)
  else script.add('expect_key', index, location, expect.spkiSha256, script.secret(expect.passphrase))
}

function ifSet(number: number): string {
  return `if [ "$set${number}" = yes ]; then`
}

/** The new content on the disk, with its owner, group and mode, before anything is visible. */
function bring(script: Script, root: string, placed: Placed): string {
  const { index, file, location, staged, set } = placed
  const { content } = file
  const dressed = `${adorn(root, staged, file)} && ${call('label', location, staged)}`
  if (content.kind === 'kept')
    return set ? `${ifSet(set.number)} ${call('carry', location, staged)} && ${dressed}; fi` : ''
  const { steps, unread } = bringContent(script, root, placed)
  const all = [...steps, dressed].join(' && ')
  return `if is_same ${index}; then take ${unread} > /dev/null; else ${all}; fi`
}

/** The steps, and how much of the payload they take: that is to be taken even where they are not needed. */
function bringContent(
  script: Script,
  root: string,
  { file: { content }, location, staged, set }: Placed,
): { steps: string[]; unread: number } {
  const before = set ? [] : [call('parents', dirname(location)), call('announce', 'file', staged)]
  if (content.kind === 'bytes') {
    const unread = script.payload(content.bytes)
    return { steps: [...before, call('stage', staged, unread, sha256Of(content.bytes))], unread }
  }
  // A copy: others are still to be made from where the key was born, which is swept in the end.
  if (content.kind === 'staged')
    return { steps: set ? [call('copy_file', staged, locate(root, content.stagedPath))] : [], unread: 0 }
  if (content.kind !== 'copied') return { steps: [], unread: 0 }
  const { from, spkiSha256 } = content
  const passphrase = script.secret(from.passphrase)
  const copy = call('copy_key', staged, locate(root, from.path), spkiSha256, passphrase)
  return { steps: [...before, copy], unread: passphrase === '-' ? 0 : Number(passphrase) }
}

/** Once everything has been brought (a key may be copied from where another was staged): ready to go to its place. */
function setAside(placed: readonly Placed[]): Step[] {
  const replaced = placed.filter(isReplaced)
  const waiting = [...replaced, ...setsOf(placed)].map((each) => each.waiting)
  if (waiting.length === 0) return []
  return [
    about(call('announce', 'folder', ...new Set(waiting.map(dirname)))),
    about(call('announce', 'file', ...waiting)),
    ...setsOf(placed).map((set) =>
      about(
        `${ifSet(set.number)} ${call('carry_rest', set.live, set.tree)} && ${call('lead', `L${set.number}`, set.tree, set.waiting)}; fi`,
      ),
    ),
    ...replaced.map(({ index, location, staged, waiting: to, set }) => ({
      at: index,
      step: set
        ? `${ifSet(set.number)} ${call('reach', index, location, set.live, set.tree, to)}; fi`
        : `is_same ${index} || { ${call('await', index, staged, to)} && ${call('retire', location)}; }`,
    })),
  ]
}

function checkPair(script: Script, root: string, placed: readonly Placed[], pair: PairLocation): Step {
  const places = (path: string) => {
    const found = placed.find(({ file }) => file.path === path)
    const at = found?.set ? found.staged : (found?.waiting ?? '-')
    return [locate(root, path), at]
  }
  return {
    at: placed.findIndex(({ file }) => file.path === pair.privateKey),
    step: call(
      'fits',
      ...places(pair.certificate),
      ...places(pair.privateKey),
      script.secret(pair.passphrase),
    ),
  }
}

function keepAll(placed: readonly Placed[]): Step[] {
  return [
    ...setsOf(placed).map((set) =>
      about(`${ifSet(set.number)} ${call('keep', `L${set.number}`, 'replace', set.live, set.waiting)}; fi`),
    ),
    ...placed.map((each) =>
      about(call('keep', each.index, isReplaced(each) ? 'replace' : 'adorn', each.location, each.waiting)),
    ),
    about('with_retired keep_link'),
  ]
}

function adorn(root: string, path: string, { mode, owner, group }: TransactionFile): string {
  const names = root === '' ? [owner ?? '', group ?? ''] : ['', '']
  return call('adorn', path, mode.toString(8), ...names)
}
