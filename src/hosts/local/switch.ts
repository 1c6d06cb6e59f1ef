// What belongs together goes to its place at once, and comes back whole when anything fails. From the journal to its
// new name as manifest, a crash leaves everything that the next run needs to finish or undo it.
import { renameSync, rmSync } from 'node:fs'
import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  formatGeneration,
  type GenerationEntry,
  journalName,
  keptGenerations,
  manifestName,
} from '../generation.ts'
import { errorCode, explain } from './errors.ts'
import { copyWhole, hashOf, makePrivateFolder, syncFolder, writeNewFile } from './files.ts'
import { resolveLink } from './links.ts'
import { undoGeneration } from './recover.ts'

/** One place, and what happens there. */
export type Step = { readonly path: string; readonly location: string } & (
  | {
      readonly action: 'replace' | 'switch'
      readonly staged: string
      readonly sha256: string
      /** Where the new content is, when what is staged is a link to it. */
      readonly contentAt?: string
    }
  /** Its link stays, and leads elsewhere once `live` is switched. */
  | { readonly action: 'through'; readonly live: string; readonly sha256: string; readonly contentAt: string }
  | { readonly action: 'adorn'; readonly adorn: () => Promise<void> }
  | { readonly action: 'remove' }
)

/** Something that the world refused, at a path of the host. `undone` is false when what had been begun stands half-way. */
export class StepError extends Error {
  override readonly name = 'StepError'
  readonly path: string | undefined
  readonly undone: boolean
  constructor(message: string, path?: string, undone = true) {
    super(message)
    this.path = path
    this.undone = undone
  }
}

export async function switchGeneration(folder: string, id: string, steps: readonly Step[]): Promise<void> {
  const generation = join(folder, id)
  let placed = false
  await at(steps[0]?.path, () => openGeneration(folder, generation))
  try {
    await keepAll(generation, steps)
    for (const step of steps) if (step.action === 'adorn') await at(step.path, step.adorn)
    renameAll(steps)
    placed = true
    const folders = new Set(steps.map(({ location }) => dirname(location)))
    for (const each of folders) await at(each, () => syncFolder(each))
    for (const step of steps) await at(step.path, () => readBack(step))
    await at(undefined, () => rename(join(generation, journalName), join(generation, manifestName)))
    // Everything is in place and durable. Should the disk lose the new name of the journal, the next run finishes again.
    await syncFolder(generation).catch(() => undefined)
  } catch (error) {
    if (!(error instanceof StepError)) throw error
    throw await undo(generation, error, placed)
  }
  await pruneGenerations(folder).catch(() => undefined)
}

/** Back to back, with nothing in between: nobody finds a new certificate beside an old key for longer than two renames take. */
function renameAll(steps: readonly Step[]): void {
  for (const step of steps) {
    try {
      if (step.action === 'replace' || step.action === 'switch') renameSync(step.staged, step.location)
      if (step.action === 'remove') rmSync(step.location, { force: true })
    } catch (error) {
      throw new StepError(explain(error), step.path)
    }
  }
}

async function openGeneration(folder: string, generation: string): Promise<void> {
  await makePrivateFolder(folder)
  await mkdir(generation, { mode: 0o700 })
  await syncFolder(folder)
}

/** Copies, not links: what somebody writes into the live file must not reach what is kept. */
async function keepAll(generation: string, steps: readonly Step[]): Promise<void> {
  const entries: GenerationEntry[] = []
  for (const [index, step] of steps.entries()) {
    const { path, location, action } = step
    const before = await at(path, () => keepOne(step, join(generation, String(index))))
    entries.push({ action, location, before, ...describeChange(step) })
  }
  const written = join(generation, `${journalName}.new`)
  await at(undefined, () => writeNewFile(written, Buffer.from(formatGeneration(entries))))
  await at(undefined, () => rename(written, join(generation, journalName)))
  await at(undefined, () => syncFolder(generation))
}

function describeChange(step: Step): Pick<GenerationEntry, 'sha256' | 'staged'> {
  if (step.action === 'through') return { sha256: step.sha256, staged: step.live }
  return step.action === 'replace' || step.action === 'switch'
    ? { sha256: step.sha256, staged: step.staged }
    : {}
}

/** The content of what is reached through a link; of the link that is switched, where it led. */
async function keepOne(step: Step, kept: string): Promise<GenerationEntry['before']> {
  const location = (await resolveLink(step.location))?.target ?? step.location
  const stat = await lstat(location).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  })
  if (!stat) return null
  const ownership = { mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid }
  await copyWhole(location, kept, { ...ownership, mode: 0o600 })
  return ownership
}

async function readBack(step: Step): Promise<void> {
  if (step.action === 'adorn' || step.action === 'remove') return
  const linked = step.action === 'through' ? await resolveLink(step.location) : undefined
  const found = await hashOf(linked?.target ?? step.location)
  if (found === undefined) throw new StepError('is gone after it was installed', step.path)
  if (found !== step.sha256) throw new StepError('reads back otherwise than it was written', step.path)
}

/** Once everything has been placed, what is found there is ours, however the disk may have spoilt it. */
async function undo(generation: string, error: StepError, placed: boolean): Promise<StepError> {
  try {
    await undoGeneration(generation, placed)
    return error
  } catch (second) {
    const detail = `${error.message}; and what had been begun could not be undone: ${explain(second)}`
    return new StepError(detail, error.path, false)
  }
}

/** What the system refuses, with the path that it was about. */
async function at<T>(path: string | undefined, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof StepError ? error : new StepError(explain(error), path)
  }
}

/** Only the newest generations are kept; their names sort by time. */
async function pruneGenerations(folder: string): Promise<void> {
  const names = (await readdir(folder)).sort()
  for (const name of names.slice(0, -keptGenerations))
    await rm(join(folder, name), { recursive: true, force: true })
}
