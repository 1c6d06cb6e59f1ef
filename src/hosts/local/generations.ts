// Kept generations of this machine: what is there, and how one comes back.
import { chmod, chown, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Generation, GenerationFile, InstallOutcome, RestoreRequest } from '../../model/transaction.ts'
import { parseCertificates } from '../../x509/parse.ts'
import { type GenerationEntry, manifestName, parseGeneration } from '../generation.ts'
import { errorCode, explain } from './errors.ts'
import { copyWhole, hashOf, type Ownership } from './files.ts'
import { type InstallContext, judgeError } from './install.ts'
import { type LinkedFile, stageLinkSet } from './link-set.ts'
import { groupByLink, readLink } from './links.ts'
import { findMisfit } from './pairs.ts'
import type { Staging } from './stage.ts'
import { type Step, StepError, switchGeneration } from './switch.ts'

export async function listGenerations(generations: string, root: string): Promise<Generation[]> {
  const names = await readdir(generations).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  })
  const found: Generation[] = []
  for (const id of names.sort()) {
    const entries = await readManifest(join(generations, id))
    if (!entries) continue
    const files = entries.flatMap((entry, index) =>
      isLinkOnly(entry) ? [] : [describe(entry, join(generations, id, String(index)), root)],
    )
    found.push({ id, files: await Promise.all(files) })
  }
  return found
}

/** Of no account to anybody but the files that are reached through it. */
function isLinkOnly({ location }: GenerationEntry): boolean {
  return /\/\.[^/]+\.certwright$/.test(location)
}

async function describe(
  { location, before }: GenerationEntry,
  kept: string,
  root: string,
): Promise<GenerationFile> {
  const path = location.slice(root.length)
  if (!before) return { path, was: 'absent' } as const
  const parsed = parseCertificates(await readFile(kept))
  const certificate = parsed.kind === 'certificates' ? { certificate: parsed.certificates[0] } : {}
  return { path, was: 'present', ...certificate } as const
}

async function readManifest(generation: string): Promise<GenerationEntry[] | undefined> {
  const text = await readFile(join(generation, manifestName), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : parseGeneration(text)
}

/** Puts a generation back, in a transaction of its own; what was not there before is removed. */
export async function restoreGeneration(
  context: InstallContext,
  { generation, id, pairs }: RestoreRequest,
): Promise<InstallOutcome> {
  const { generations, root } = context
  try {
    const entries = await readManifest(join(generations, generation))
    if (!entries) throw new StepError('there is no such generation', `${generations}/${generation}`)
    const steps = await planReturn(context, join(generations, generation), entries)
    const misfit = await findMisfit(root, pairs, steps)
    if (misfit) throw new StepError(misfit.detail, misfit.path)
    await switchGeneration(generations, id, steps)
    return { kind: 'installed' }
  } catch (error) {
    return judgeError(error instanceof StepError ? error : new StepError(explain(error)))
  }
}

type Kept = GenerationEntry & { readonly kept: string; readonly path: string }

async function planReturn(
  { staging, root }: InstallContext,
  folder: string,
  entries: readonly GenerationEntry[],
): Promise<Step[]> {
  const kept = entries.map(
    (entry, index): Kept => ({
      ...entry,
      kept: join(folder, String(index)),
      path: entry.location.slice(root?.length ?? 0),
    }),
  )
  const sets = groupByLink(kept, ({ action, staged }) => (action === 'through' ? staged : undefined))
  const steps: Step[] = []
  for (const [live, set] of sets) {
    if (live === undefined) for (const each of set) steps.push(...(await returnOne(staging, each)))
    else steps.push(...(await stageLinkSet(staging, live, set.flatMap(asLinked))))
  }
  return steps
}

function asLinked({ path, location, before, kept }: Kept): LinkedFile[] {
  return before ? [{ path, location, bring: (to) => copyWhole(kept, to, before) }] : []
}

async function returnOne(staging: Staging, { action, path, location, before, kept }: Kept): Promise<Step[]> {
  const place = { path, location }
  if (!before) return [{ ...place, action: 'remove' }]
  // A link that files were reached through comes back with them, or not at all.
  if (action === 'switch' || (await readLink(kept)) !== undefined) return []
  const found = await hashOf(location)
  if (found === (await hashOf(kept)))
    return [{ ...place, action: 'adorn', adorn: () => own(location, before) }]
  if (action === 'adorn') return []
  const staged = await staging.reserve(location)
  await copyWhole(kept, staged, before)
  return [{ ...place, action: 'replace', staged, sha256: (await hashOf(staged)) ?? '' }]
}

async function own(location: string, { mode, uid, gid }: Ownership): Promise<void> {
  await chown(location, uid, gid)
  await chmod(location, mode)
}
