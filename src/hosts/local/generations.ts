// Kept generations of this machine: what is there, and how one comes back.
import { chmod, chown, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Generation, InstallOutcome, RestoreRequest } from '../../model/host.ts'
import { parseCertificates } from '../../x509/parse.ts'
import { type GenerationEntry, manifestName, parseGeneration } from '../generation.ts'
import { errorCode, explain } from './errors.ts'
import { copyWhole, hashOf, type Ownership } from './files.ts'
import { type InstallContext, judgeError } from './install.ts'
import { findMisfit } from './pairs.ts'
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
    const files = entries.map((entry, index) => describe(entry, join(generations, id, String(index)), root))
    found.push({ id, files: await Promise.all(files) })
  }
  return found
}

async function describe({ location, before }: GenerationEntry, kept: string, root: string) {
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
  const { generations, staging, root } = context
  try {
    const entries = await readManifest(join(generations, generation))
    if (!entries) throw new StepError('there is no such generation', `${generations}/${generation}`)
    const steps: Step[] = []
    for (const [index, { location, before }] of entries.entries()) {
      const kept = join(generations, generation, String(index))
      const place = { path: location.slice(root?.length ?? 0), location }
      if (!before) steps.push({ ...place, action: 'remove' })
      else if ((await hashOf(location)) === (await hashOf(kept)))
        steps.push({ ...place, action: 'adorn', adorn: () => own(location, before) })
      else {
        const staged = await staging.reserve(location)
        await copyWhole(kept, staged, before)
        steps.push({ ...place, action: 'replace', staged, sha256: (await hashOf(staged)) ?? '' })
      }
    }
    const misfit = await findMisfit(root, pairs, steps)
    if (misfit) throw new StepError(misfit.detail, misfit.path)
    await switchGeneration(generations, id, steps)
    return { kind: 'installed' }
  } catch (error) {
    return judgeError(error instanceof StepError ? error : new StepError(explain(error)))
  }
}

async function own(location: string, { mode, uid, gid }: Ownership): Promise<void> {
  await chown(location, uid, gid)
  await chmod(location, mode)
}
