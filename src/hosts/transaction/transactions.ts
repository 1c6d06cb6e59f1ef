// What transactions ask of a machine, in order: look, decide, perform. The deciding is in the files beside this one.
import type {
  Generation,
  GenerationFile,
  InstallOutcome,
  Recovery,
  RestoreRequest,
  Transaction,
} from '../../model/transaction.ts'
import { parseCertificates } from '../../x509/parse.ts'
import type { Disk, StoredGeneration, StoredList } from './disk.ts'
import { idOf, inOrder, isGeneration, nextName, outdatedBy } from './generations.ts'
import { livesOf, type Planned, placesOf, planInstall } from './install.ts'
import { type GenerationEntry, parseGeneration } from './journal.ts'
import { parseAnnounced, placesOfAnnounced, sweepList } from './leftovers.ts'
import { isLive } from './links.ts'
import { lookAt } from './look-at.ts'
import { decideRecovery, findForgery, placesOfJournal } from './recover.ts'
import { planRestore } from './restore.ts'
import type { RoomNames } from './rooms.ts'
import type { Performed } from './step.ts'

export async function install(
  disk: Disk,
  names: RoomNames,
  transaction: Transaction,
): Promise<InstallOutcome> {
  const { root, state } = disk
  const generations = await readGenerations(disk)
  const view = await lookAt(disk, placesOf(transaction, root), livesOf(transaction, root))
  const kinds = new Map(transaction.files.map(({ path, content }) => [path, content.kind]))
  const planned = planInstall(
    { root, view, names, ...nameGeneration(state, generations, transaction.id) },
    transaction,
  )
  return carryOut(disk, planned, kinds)
}

async function readGenerations(disk: Disk): Promise<StoredGeneration[]> {
  return (await disk.readGenerations()).filter(({ name }) => isGeneration(name))
}

function nameGeneration(state: string, generations: readonly StoredGeneration[], id: string) {
  const folder = `${state}/generations`
  return {
    generation: `${folder}/${nextName(generations, id)}`,
    outdated: outdatedBy(generations).map((name) => `${folder}/${name}`),
  }
}

async function carryOut(
  disk: Disk,
  planned: Planned,
  kinds: ReadonlyMap<string, string> = new Map(),
): Promise<InstallOutcome> {
  if ('refused' in planned) return planned.refused
  return judge(await disk.perform(planned.program), kinds)
}

function judge(performed: Performed, kinds: ReadonlyMap<string, string>): InstallOutcome {
  if (performed.kind === 'done') return { kind: 'installed' }
  const { about = '' } = performed
  if (performed.kind === 'moved')
    return {
      kind: 'stale',
      path: about,
      detail: `has changed since the plan was made (${kinds.get(about) ?? 'kept'})`,
    }
  const where = performed.about === undefined ? {} : { path: about }
  const { detail, trouble } = performed
  return trouble === undefined
    ? { kind: 'failed', detail, ...where }
    : {
        kind: 'stuck',
        detail: `${detail}; and what had been begun could not be undone: ${trouble}`,
        ...where,
      }
}

export async function restore(
  disk: Disk,
  names: RoomNames,
  { generation, id, pairs, paths }: RestoreRequest,
): Promise<InstallOutcome> {
  const { root, state } = disk
  const generations = await readGenerations(disk)
  const found = generations.find(({ name, manifest }) => manifest !== undefined && idOf(name) === generation)
  if (!found)
    return {
      kind: 'failed',
      path: `${state}/generations/${generation}`,
      detail: 'there is no such generation',
    }
  const kept = `${state}/generations/${found.name}`
  const entries = parseGeneration(found.manifest ?? '')
  if (!entries) return { kind: 'failed', path: kept, detail: 'its manifest is damaged' }
  const forgery = findForgery({ root, entries })
  if (forgery !== undefined) return { kind: 'failed', path: kept, detail: forgery }
  const fitting = pairs.flatMap(({ certificate, privateKey }) => [
    `${root}${certificate}`,
    `${root}${privateKey}`,
  ])
  const places = [...new Set([...entries.map(({ location }) => location), ...fitting])].map((path) => ({
    path,
  }))
  const lives = new Set(
    entries.flatMap(({ action, staged }) => (action === 'through' && staged ? [staged] : [])),
  )
  const view = await lookAt(disk, places, [...lives])
  const { generation: next, outdated: old } = nameGeneration(state, generations, id)
  const wanted = paths && new Set(paths)
  // More of what is going back may follow.
  const outdated = old.filter((path) => path !== kept)
  return carryOut(
    disk,
    planRestore({ root, view, names, generation: next, outdated, kept, entries, pairs, wanted }),
  )
}

/** Every generation under way, oldest first; what had not begun to change anything is forgotten. */
export async function recoverAll(disk: Disk, names: RoomNames): Promise<Recovery[]> {
  const recoveries: Recovery[] = []
  for (const { name, journal, manifest } of inOrder(await readGenerations(disk))) {
    if (manifest !== undefined) continue
    const generation = `${disk.state}/generations/${name}`
    if (journal !== undefined) recoveries.push(await recover(disk, names, { name, generation, journal }))
    else
      await disk.perform({ prepare: [], change: [{ do: 'forget', path: generation }], undo: [], after: [] })
  }
  return recoveries
}

async function recover(
  disk: Disk,
  names: RoomNames,
  { name, generation, journal }: { name: string; generation: string; journal: string },
): Promise<Recovery> {
  const id = idOf(name)
  const entries = parseGeneration(journal)
  if (!entries)
    return { id, outcome: 'failed', paths: [], detail: `its journal is damaged: look at ${generation}` }
  const { root } = disk
  const forgery = findForgery({ root, entries })
  if (forgery !== undefined) return { id, outcome: 'failed', paths: [], detail: forgery }
  const view = await lookAt(disk, placesOfJournal(entries))
  const decision = decideRecovery({ root, generation, entries, names }, view)
  const paths = entries.map(({ location }) => location)
  if (decision.outcome === 'failed') return { id, outcome: 'failed', paths, detail: decision.detail }
  const performed = await disk.perform(decision.program)
  if (performed.kind === 'done') return { id, outcome: decision.outcome, paths }
  const detail = performed.kind === 'moved' ? 'something changed in the meantime' : performed.detail
  return { id, outcome: 'failed', paths, detail: [performed.about, detail].filter(Boolean).join(': ') }
}

/** Takes away what was staged and not installed; how many rooms there were. */
export async function sweep(disk: Disk, lists: readonly StoredList[]): Promise<number> {
  let swept = 0
  for (const { path, text } of lists) {
    const announced = parseAnnounced(text, disk.root)
    const view = await lookAt(disk, placesOfAnnounced(announced))
    const { program, count } = sweepList(path, announced, view)
    await disk.perform(program)
    swept += count
  }
  return swept
}

export async function listGenerations(disk: Disk): Promise<Generation[]> {
  const stored = inOrder(await readGenerations(disk)).flatMap(({ name, manifest }) => {
    const entries = manifest === undefined ? undefined : parseGeneration(manifest)
    return entries ? [{ name, entries }] : []
  })
  const kept = stored.flatMap(({ name, entries }) =>
    entries.flatMap((entry, index) =>
      keepsContent(entry) ? [`${disk.state}/generations/${name}/${index}`] : [],
    ),
  )
  const contents = new Map(
    kept.length === 0 ? [] : (await disk.readKept(kept)).map((bytes, index) => [kept[index] ?? '', bytes]),
  )
  return stored.map(({ name, entries }) => ({
    id: idOf(name),
    files: entries.flatMap((entry, index) =>
      // A link that files are reached through is of no account to anybody else.
      isLive(entry.location)
        ? []
        : [describe(entry, disk.root, contents.get(`${disk.state}/generations/${name}/${index}`))],
    ),
  }))
}

function keepsContent({ before }: GenerationEntry): boolean {
  return before.kind === 'file' || (before.kind === 'link' && before.led !== undefined)
}

function describe(entry: GenerationEntry, root: string, content: Uint8Array | undefined): GenerationFile {
  const path = entry.location.slice(root.length)
  if (!keepsContent(entry)) return { path, was: 'absent' }
  const parsed = content ? parseCertificates(content) : undefined
  return {
    path,
    was: 'present',
    ...(parsed?.kind === 'certificates' ? { certificate: parsed.certificates[0] } : {}),
  }
}
