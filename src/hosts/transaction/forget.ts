// Kept generations that nobody is to go back to any more.
import { HostError } from '../../model/host.ts'
import type { Disk, StoredGeneration } from './disk.ts'
import { idOf, inOrder, isGeneration } from './generations.ts'
import { type GenerationEntry, parseGeneration } from './journal.ts'
import { lookAt, reach } from './look-at.ts'
import { pathOf } from './place.ts'

/** Of the generations that hold what these files were, and are no longer, the ids, oldest first. Throws HostError. */
export async function findSuperseded(disk: Disk, paths: readonly string[]): Promise<string[]> {
  const asked = paths.map((path) => `${disk.root}${path}`)
  const view = await lookAt(
    disk,
    asked.map((path) => ({ path })),
  )
  // What was replaced is known by where it was in the end, links to its folder followed.
  const locations = asked.flatMap((path) => {
    const seen = view.at(path)
    return seen.kind === 'refused' ? [path] : [path, pathOf(seen.place)]
  })
  const present = asked.flatMap((path) => {
    const { seen } = reach(view, path)
    return seen.kind === 'file' ? [seen.sha256] : []
  })
  const isOld = (entry: GenerationEntry) => {
    const kept = keptOf(entry)
    return kept !== undefined && locations.includes(entry.location) && !present.includes(kept.sha256)
  }
  return (await readKept(disk))
    .filter((each) => entriesOf(disk, each).some(isOld))
    .map(({ name }) => idOf(name))
}

/** For good, with everything in them. Throws HostError. */
export async function forget(disk: Disk, ids: readonly string[]): Promise<void> {
  const folder = `${disk.state}/generations`
  const going = (await readKept(disk)).filter(({ name }) => ids.includes(idOf(name)))
  const performed = await disk.perform({
    prepare: [],
    change: [
      ...going.map(({ name }) => ({ do: 'forget', path: `${folder}/${name}` }) as const),
      { do: 'sync', folder: { folder } },
    ],
    undo: [],
    after: [],
  })
  if (performed.kind === 'failed') throw new HostError(`${folder}: ${performed.detail}`)
  if (performed.kind === 'moved') throw new HostError(`${folder}: something changed in the meantime`)
}

async function readKept(disk: Disk): Promise<StoredGeneration[]> {
  return inOrder(await disk.readGenerations()).filter(
    ({ name, manifest }) => isGeneration(name) && manifest !== undefined,
  )
}

function entriesOf({ state }: Disk, { name, manifest = '' }: StoredGeneration): readonly GenerationEntry[] {
  const entries = parseGeneration(manifest)
  if (entries) return entries
  throw new HostError(`${state}/generations/${name}: its manifest is damaged: look what it holds`)
}

function keptOf({ before }: GenerationEntry) {
  return before.kind === 'file' ? before : before.kind === 'link' ? before.led : undefined
}
