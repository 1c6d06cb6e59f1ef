// A kept generation, and what is at its places now → a program that puts it back, and removes what was not there. Pure.
import type { PairLocation } from '../../model/transaction.ts'
import { beforeOf, makeProgram, type Placing } from './change.ts'
import { fitAll } from './fit.ts'
import { makeFolders } from './folders.ts'
import type { InstallInput, Planned } from './install.ts'
import type { GenerationEntry } from './journal.ts'
import { prepareSet, type SetFile } from './link-set.ts'
import { groupByLink, isLive } from './links.ts'
import { type OpenWay, reach } from './look-at.ts'
import { type Place, pathOf } from './place.ts'
import { openRooms, type Rooms } from './rooms.ts'
import type { Before, KeptFile, Step } from './step.ts'
import { isDressed, ownership, type Refused, refuse } from './wanted.ts'
import { explainFault } from './way.ts'

export interface RestoreInput extends InstallInput {
  /** Where the content is kept, on the machine. */
  readonly kept: string
  readonly entries: readonly GenerationEntry[]
  readonly pairs: readonly PairLocation[]
  /** Paths of the host that come back; undefined: all. */
  readonly wanted: ReadonlySet<string> | undefined
}

interface Returned {
  readonly placings: readonly Placing[]
  readonly steps: readonly Step[]
  readonly contents: readonly (readonly [string, string])[]
}

const nothing: Returned = { placings: [], steps: [], contents: [] }

interface Numbered extends GenerationEntry {
  readonly index: number
}

export function planRestore(input: RestoreInput): Planned {
  const { root, view, entries, pairs, generation, outdated, wanted } = input
  const rooms = openRooms(input.names)
  const made: Returned[] = []
  const numbered = entries
    .map((entry, index): Numbered => ({ ...entry, index }))
    .filter(({ location }) => !wanted || wanted.has(location.slice(root.length)))
  for (const [live, set] of groupByLink(numbered, ({ action, staged }) =>
    action === 'through' ? staged : undefined,
  )) {
    const returned =
      live === undefined
        ? set.map((entry) => returnOne(input, rooms, entry))
        : [returnSet(input, rooms, live, set)]
    for (const each of returned) {
      if ('refused' in each) return each
      made.push(each)
    }
  }
  const placings = made.flatMap((each) => each.placings)
  const fits = fitAll(view, root, new Map(made.flatMap((each) => each.contents)), pairs)
  if ('refused' in fits) return fits
  const prepare = [
    ...makeFolders(
      placings.map(({ way }) => way),
      rooms,
    ),
    ...made.flatMap((each) => each.steps),
    ...fits,
  ]
  return { program: makeProgram({ generation, placings, prepare, rooms, outdated }) }
}

interface Target {
  readonly place: Place
  readonly way: OpenWay
  readonly own: Before
  readonly content: Place
}

/** What is at a place now. */
function targetOf({ view, root }: RestoreInput, { location }: GenerationEntry): Target | Refused {
  const about = location.slice(root.length)
  const itself = view.at(location)
  if (itself.kind === 'refused') return refuse('failed', about, explainFault(itself.fault))
  const own = beforeOf(itself)
  if (!own)
    return refuse(
      'failed',
      about,
      `is in the way: it ${itself.kind === 'other' ? itself.detail : 'is something else'}`,
    )
  const { place, way } = itself
  const { seen } = reach(view, location)
  if (own.kind !== 'link' || seen.kind !== 'file') return { place, way, own, content: place }
  const { sha256, mode, uid, gid, modified } = seen
  return { place, way, own: { ...own, led: { sha256, mode, uid, gid, modified } }, content: seen.place }
}

function returnOne(input: RestoreInput, rooms: Rooms, entry: Numbered): Returned | Refused {
  const { before, location, after } = entry
  const about = location.slice(input.root.length)
  const old = before.kind === 'file' ? before : before.kind === 'link' ? before.led : undefined
  // A link that files were reached through comes back with them, or not at all.
  if (before.kind === 'link' && (isLive(location) || !old)) return nothing
  const target = targetOf(input, entry)
  if ('refused' in target) return target
  const { place, way, own, content } = target
  const placing = { about, place, way, before: own, content }
  if (!old)
    return own.kind === 'absent'
      ? nothing
      : { ...nothing, placings: [{ ...placing, action: 'remove', after: { kind: 'absent' } }] }
  const isThere = own.kind === 'file' && own.sha256 === old.sha256
  if (isThere && isAsBefore(input, location, old)) return nothing
  // Only its owner, group or mode had been changed: what has come in its place since is left alone.
  if (!isThere && after.kind === 'file' && after.sha256 === old.sha256) return nothing
  const staged = pathOf({ folder: rooms.beside(way, place.folder), name: place.name })
  return {
    placings: [{ ...placing, action: 'replace', staged, after: { kind: 'file', sha256: old.sha256 } }],
    steps: bringKept(input, entry, old, staged, place),
    contents: [[pathOf(place), staged]],
  }
}

function isAsBefore({ view }: RestoreInput, location: string, old: KeptFile): boolean {
  const found = view.at(location)
  return found.kind === 'file' && isDressed(found, { mode: old.mode, ...ownership(old) })
}

function bringKept(
  { kept, root }: RestoreInput,
  { index, location }: Numbered,
  old: KeptFile,
  to: string,
  like: Place,
): Step[] {
  const about = location.slice(root.length)
  const { sha256, mode, modified } = old
  return [
    { do: 'copy', about, from: { folder: kept, name: String(index) }, to, sha256 },
    { do: 'dress', about, path: to, dress: { mode, modified, ...ownership(old) }, like },
  ]
}

function returnSet(
  input: RestoreInput,
  rooms: Rooms,
  live: string,
  set: readonly Numbered[],
): Returned | Refused {
  const { view, names, root } = input
  const files: SetFile[] = []
  for (const entry of set) {
    const { before, location } = entry
    if (before.kind !== 'file') continue
    const target = targetOf(input, entry)
    if ('refused' in target) return target
    const { own, place } = target
    const now: Before = own.kind === 'link' && own.led ? { kind: 'file', ...own.led } : own
    const bring = (to: string) => bringKept(input, entry, before, to, place)
    files.push({ about: location.slice(root.length), ...target, before: now, sha256: before.sha256, bring })
  }
  return prepareSet({ view, rooms, names, live, about: live.slice(root.length), files })
}
