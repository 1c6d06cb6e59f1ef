// Carries out a program of steps on this machine: all of it, or it is undone.
import { createHash } from 'node:crypto'
import { renameSync } from 'node:fs'
import { appendFile, lstat, mkdir, rename, rm, rmdir, symlink, unlink } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { parsePrivateKey } from '../../x509/keys.ts'
import { parseCertificates } from '../../x509/parse.ts'
import { journalName, manifestName } from '../transaction/journal.ts'
import { formatAnnounced } from '../transaction/leftovers.ts'
import { isSame, type Place, type State } from '../transaction/place.ts'
import type { Performed, Program, Readable, Step } from '../transaction/step.ts'
import { type Doors, FolderExchanged, openDoors } from './doors.ts'
import { dressFile } from './dress.ts'
import { errorCode, explain } from './errors.ts'
import { makeOne, makePrivateFolder, syncFolder, writeNewFile } from './files.ts'
import { labelLike } from './labels.ts'
import { type OwnerNames, readOwnerNames } from './owners.ts'
import { readRegularFile } from './read.ts'

export interface PerformContext {
  /** Where this run writes down what it makes. */
  readonly list: string
}

/** Something that the world refused; with `moved`, because it is no longer as it was. */
class StepError extends Error {
  override readonly name = 'StepError'
  readonly moved: boolean
  constructor(message: string, moved = false) {
    super(message)
    this.moved = moved
  }
}

interface Work extends PerformContext {
  readonly doors: Doors
  readonly names: OwnerNames
  /** Something read back otherwise than it was written: what stands at our places is ours, however spoilt. */
  spoilt: boolean
}

export async function perform(context: PerformContext, program: Program): Promise<Performed> {
  const work: Work = { ...context, doors: openDoors(), names: await readNames(program), spoilt: false }
  try {
    const first = await runAll(work, program.prepare)
    if (first) return judge(first)
    const second = await runAll(work, program.change)
    if (second) return judge(second, await runAll(work, program.undo))
    for (const step of program.after) await runAll(work, [step])
    return { kind: 'done' }
  } finally {
    work.doors.close()
  }
}

function readNames({ prepare, change }: Program): Promise<OwnerNames> {
  const dresses = [...prepare, ...change].flatMap((step) => (step.do === 'dress' ? [step.dress] : []))
  return readOwnerNames(
    dresses.flatMap(({ owner }) => owner ?? []),
    dresses.flatMap(({ group }) => group ?? []),
  )
}

interface Failure {
  readonly about?: string
  readonly error: unknown
}

async function runAll(work: Work, steps: readonly Step[]): Promise<Failure | undefined> {
  for (const step of steps) {
    try {
      await carryOut(work, step)
    } catch (error) {
      return { error, ...(step.about === undefined ? {} : { about: step.about }) }
    }
  }
  return undefined
}

function judge({ error, about }: Failure, second?: Failure): Performed {
  const where = about === undefined ? {} : { about }
  if (error instanceof StepError && error.moved && !second) return { kind: 'moved', ...where }
  const trouble = second ? { trouble: describe(second.error) } : {}
  return { kind: 'failed', ...where, detail: describe(error), ...trouble }
}

function describe(error: unknown): string {
  return error instanceof StepError || error instanceof FolderExchanged ? error.message : explain(error)
}

async function carryOut(work: Work, step: Step): Promise<void> {
  const { doors } = work
  switch (step.do) {
    case 'announce':
      return announce(work, formatAnnounced(step.kind, step.paths))
    case 'make-folder':
      return makeOne(step.path, step.mode)
    case 'write':
      return write(step.to, step.bytes, step.sha256)
    case 'copy':
      return write(step.to, await readExpected(doors, step.from, step.sha256), step.sha256)
    case 'link':
      await symlink(step.target, step.to)
      return syncFolder(dirname(step.to))
    case 'dress':
      await dressFile(step.path, step.dress, work.names)
      return step.like ? label(step.like, step.path) : undefined
    case 'fit':
      return checkPair(doors, step)
    case 'open':
      await makePrivateFolder(dirname(step.generation))
      await mkdir(step.generation, { mode: 0o700 })
      return syncFolder(dirname(step.generation))
    case 'expect':
      return expectState(doors, step.place, step.state)
    case 'keep':
      return write(step.to, await readExpected(doors, step.place, step.sha256), step.sha256)
    case 'journal':
      await writeNewFile(`${step.generation}/${journalName}.new`, Buffer.from(step.text))
      await rename(`${step.generation}/${journalName}.new`, `${step.generation}/${journalName}`)
      return syncFolder(step.generation)
    case 'switch':
      return switchAll(doors.toFolder(step.into), step.staged)
    case 'remove':
      return unlink(doors.to(step.place)).catch(unlessAbsent)
    case 'sync':
      return syncFolder(doors.toFolder(step.folder))
    case 'arrived':
      return arrived(work, step.place, step.state)
    case 'commit':
      await rename(`${step.generation}/${journalName}`, `${step.generation}/${manifestName}`)
      // All is in place and durable. Should the disk lose the new name of the journal, the next run finishes again.
      return syncFolder(step.generation).catch(() => undefined)
    case 'return':
      return giveBack(work, step)
    case 'forget':
      return forget(step.path)
    case 'forget-empty':
      return rmdir(step.path).catch(() => undefined)
  }
}

async function forget(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
    // Below a file there is nothing.
    if (errorCode(error) !== 'ENOTDIR') throw error
  })
}

async function expectState(doors: Doors, place: Place, wanted: State): Promise<void> {
  const found = await stateAt(doors.to(place))
  if (found.kind === 'other' || !isSame(found, wanted)) throw new StepError('has changed', true)
}

async function announce({ list }: Work, lines: string): Promise<void> {
  const isNew = await lstat(list).then(
    () => false,
    () => true,
  )
  if (isNew) await makePrivateFolder(dirname(list))
  await appendFile(list, lines, { flush: true, mode: 0o600 })
  if (isNew) await syncFolder(dirname(list))
}

async function write(to: string, bytes: Uint8Array, sha256: string): Promise<void> {
  await writeNewFile(to, bytes)
  const state = await stateAt(to)
  if (state.kind !== 'file' || state.sha256 !== sha256) throw new StepError('was not written whole')
}

async function readExpected(doors: Doors, place: Place, sha256: string): Promise<Uint8Array> {
  const read = await readRegularFile(doors.to(place))
  if (read.kind === 'unreadable') throw new StepError(read.detail)
  if (read.kind !== 'file' || hash(read.bytes) !== sha256) throw new StepError('has changed', true)
  return read.bytes
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function stateAt(path: string): Promise<State | { readonly kind: 'other' }> {
  const read = await readRegularFile(path)
  if (read.kind === 'file') return { kind: 'file', sha256: hash(read.bytes) }
  return read.kind === 'unreadable' ? { kind: 'other' } : read
}

/** Of a place that somebody else may write to, nothing is asked but what its policy says. */
async function label(like: Place, staged: string): Promise<void> {
  await labelLike(like, staged).catch(() => {
    throw new StepError('its SELinux label cannot be set')
  })
}

async function checkPair(
  doors: Doors,
  { certificate, privateKey, certificatePath, passphrase }: Extract<Step, { do: 'fit' }>,
): Promise<void> {
  const read = (from: Readable) => readRegularFile(from.at === 'staged' ? from.path : doors.to(from.place))
  const [first, second] = [await read(certificate), await read(privateKey)]
  if (first.kind !== 'file' || second.kind !== 'file')
    throw new StepError(`cannot be read beside ${certificatePath}`)
  const parsed = parseCertificates(first.bytes)
  const key = parsePrivateKey(second.bytes, passphrase)
  if (parsed.kind !== 'certificates') throw new StepError(`${certificatePath} ${parsed.detail}`)
  if (key.kind !== 'private-key') throw new StepError(key.detail)
  if (parsed.certificates[0].publicKey.spkiSha256 !== key.publicKey.spkiSha256)
    throw new StepError(`would not be the key of ${certificatePath}`)
}

/** With nothing in between. */
function switchAll(folder: string, staged: readonly string[]): void {
  for (const path of staged) renameSync(path, `${folder}/${basename(path)}`)
}

async function arrived(work: Work, place: Place, wanted: State): Promise<void> {
  const found = await stateAt(work.doors.to(place))
  if (found.kind !== 'other' && isSame(found, wanted)) return
  // No disk makes up a file: it is somebody else's.
  if (wanted.kind === 'absent') throw new StepError('is there again after it was removed')
  work.spoilt = true
  throw new StepError(
    found.kind === 'absent' ? 'is gone after it was installed' : 'reads back otherwise than it was written',
  )
}

async function giveBack(
  { doors, spoilt, names }: Work,
  { place, before, after, kept, staged }: Extract<Step, { do: 'return' }>,
): Promise<void> {
  const path = doors.to(place)
  const found = await stateAt(path)
  if (found.kind !== 'other' && isSame(found, before)) return
  const isForeign = found.kind === 'other' || (found.kind !== 'absent' && !isSame(found, after))
  if (isForeign && !spoilt) return
  if (before.kind === 'absent') return unlink(path).catch(unlessAbsent)
  if (before.kind === 'link') await symlink(before.target, staged)
  else {
    const read = await readRegularFile(kept)
    if (read.kind !== 'file' || hash(read.bytes) !== before.sha256)
      throw new StepError(`what was kept is lost: ${kept}`)
    await writeNewFile(staged, read.bytes)
    const { mode, uid, gid, modified } = before
    await dressFile(staged, { mode, modified, owner: String(uid), group: String(gid) }, names)
    await label(place, staged)
  }
  renameSync(staged, path)
}

function unlessAbsent(error: unknown): undefined {
  if (errorCode(error) === 'ENOENT') return undefined
  throw error
}
