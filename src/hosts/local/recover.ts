// What an earlier run left in the middle is finished, or undone where it cannot be.
import { chmod, chown, lstat, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Recovery } from '../../model/transaction.ts'
import { type GenerationEntry, journalName, manifestName, parseGeneration } from '../generation.ts'
import { errorCode, explain } from './errors.ts'
import { copyWhole, hashOf, type Ownership, syncFolder } from './files.ts'

/** Every generation under way; oldest first. */
export async function recoverGenerations(folder: string): Promise<Recovery[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  })
  const recoveries: Recovery[] = []
  for (const id of names.sort()) {
    const found = new Set(await readdir(join(folder, id)))
    if (found.has(manifestName)) continue
    // Without a journal nothing has been changed yet.
    if (!found.has(journalName)) await rm(join(folder, id), { recursive: true, force: true })
    else recoveries.push(await recover(join(folder, id), id))
  }
  return recoveries
}

/** Generations under way, as far as whoever asks may see them. */
export async function findInterrupted(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  const found = await Promise.all(
    names.map((id) =>
      lstat(join(folder, id, journalName)).then(
        () => [id],
        () => [],
      ),
    ),
  )
  return found.flat().sort()
}

async function recover(generation: string, id: string): Promise<Recovery> {
  try {
    const entries = await readJournal(generation)
    const states = await Promise.all(entries.map(stateOf))
    if (states.includes('lost')) {
      await undoEntries(generation, entries)
      return { id, outcome: 'undone', paths: entries.map(({ location }) => location) }
    }
    for (const [index, { location, staged, action }] of entries.entries()) {
      if (states[index] === 'waiting' && staged !== undefined) await rename(staged, location)
      if (action === 'remove') await rm(location, { force: true })
    }
    await syncAll(entries)
    await rename(join(generation, journalName), join(generation, manifestName))
    await syncFolder(generation)
    return { id, outcome: 'finished', paths: entries.map(({ location }) => location) }
  } catch (error) {
    return { id, outcome: 'failed', paths: [], detail: explain(error) }
  }
}

type State = 'placed' | 'waiting' | 'lost'

async function stateOf({ action, location, staged, sha256 }: GenerationEntry): Promise<State> {
  if (!isPlaced(action) || (await hashOf(location)) === sha256) return 'placed'
  return staged !== undefined && (await hashOf(staged)) === sha256 ? 'waiting' : 'lost'
}

/** Something is renamed to its place: a file, or a link. */
function isPlaced(action: GenerationEntry['action']): boolean {
  return action === 'replace' || action === 'switch'
}

/** Puts back what the generation replaced, and forgets it: nothing has happened. `ours`: whatever stands there now. */
export async function undoGeneration(generation: string, ours: boolean): Promise<void> {
  const journal = await lstat(join(generation, journalName)).catch(() => undefined)
  if (journal) await undoEntries(generation, await readJournal(generation), ours)
  else await rm(generation, { recursive: true, force: true })
}

async function undoEntries(
  generation: string,
  entries: readonly GenerationEntry[],
  ours = false,
): Promise<void> {
  for (const [index, entry] of entries.entries()) await undoOne(entry, join(generation, String(index)), ours)
  await syncAll(entries)
  await rm(generation, { recursive: true, force: true })
}

async function undoOne(
  { action, location, before, sha256 }: GenerationEntry,
  kept: string,
  ours: boolean,
): Promise<void> {
  // Its link is put back, and with it what it was.
  if (action === 'through') return
  const found = await hashOf(location)
  const old = before ? await hashOf(kept) : undefined
  if (before && found === old) return action === 'switch' ? undefined : adornAsBefore(location, before)
  // Neither what was there nor what was to come: somebody else has been here, and theirs is not ours to take away.
  if (action === 'adorn' || (found !== undefined && found !== sha256 && !ours)) return
  if (!before) return rm(location, { force: true })
  const staged = join(dirname(location), `.${basename(location)}.certwright-undo`)
  await rm(staged, { force: true })
  await copyWhole(kept, staged, before)
  await rename(staged, location)
}

/** What is as it was is not touched: it may be a file that nobody can touch, and that stopped the transaction. */
async function adornAsBefore(location: string, { mode, uid, gid }: Ownership): Promise<void> {
  const stat = await lstat(location)
  if (stat.uid !== uid || stat.gid !== gid) await chown(location, uid, gid)
  if ((stat.mode & 0o7777) !== mode) await chmod(location, mode)
}

async function readJournal(generation: string): Promise<GenerationEntry[]> {
  const entries = parseGeneration(await readFile(join(generation, journalName), 'utf8'))
  if (!entries) throw Object.assign(new Error('damaged'), { code: 'its journal is damaged' })
  return entries
}

async function syncAll(entries: readonly GenerationEntry[]): Promise<void> {
  for (const folder of new Set(entries.map(({ location }) => dirname(location))))
    await syncFolder(folder).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') throw error
    })
}
