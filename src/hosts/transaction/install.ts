// A transaction, and what is seen of its places → a program, or why there is none. Pure.
import type { PairLocation, Transaction } from '../../model/transaction.ts'
import { beforeOf, makeProgram, type Placing } from './change.ts'
import type { LookRequest } from './disk.ts'
import { fitAll } from './fit.ts'
import { makeFolders } from './folders.ts'
import { prepareSet, type SetFile } from './link-set.ts'
import { groupByLink } from './links.ts'
import type { SeenFile, View } from './look-at.ts'
import { pathOf } from './place.ts'
import { openRooms, type RoomNames, type Rooms } from './rooms.ts'
import type { Before, Program, Step } from './step.ts'
import {
  bring,
  describeWanted,
  dressOf,
  fileOf,
  findObstacle,
  goes,
  isDressed,
  newHash,
  type Refused,
  stays,
  type Wanted,
} from './wanted.ts'

export interface InstallInput {
  readonly root: string
  readonly view: View
  readonly names: RoomNames
  /** Its folder on the machine, and those of old ones that go. */
  readonly generation: string
  readonly outdated: readonly string[]
}

export type Planned = { readonly program: Program } | Refused

/** What has to be looked at. */
export function placesOf({ files, pairs }: Transaction, root: string): LookRequest['files'] {
  const places = new Map<string, { readonly passphrase?: string } | undefined>()
  const note = (path: string, passphrase?: string) =>
    places.set(path, passphrase === undefined ? {} : { passphrase })
  const add = (path: string) => places.has(path) || places.set(path, undefined)
  for (const { path, content, expect } of files) {
    if (expect.kind === 'private-key' || expect.kind === 'not-a-key') note(path, expect.passphrase)
    else add(path)
    if (content.kind === 'staged') add(content.stagedPath)
    if (content.kind === 'copied') note(content.from.path, content.from.passphrase)
  }
  for (const { certificate, privateKey } of pairs) for (const path of [certificate, privateKey]) add(path)
  return [...places].map(([path, key]) => ({ path: `${root}${path}`, ...(key ? { key } : {}) }))
}

/** Links that are switched, or will be. */
export function livesOf({ files }: Transaction, root: string): string[] {
  return [...new Set(files.flatMap(({ through }) => (through === undefined ? [] : [`${root}${through}`])))]
}

/** What is prepared for some of the files. */
interface Prepared {
  readonly placings: readonly Placing[]
  readonly steps: readonly Step[]
  readonly contents: readonly (readonly [string, string])[]
}

export function planInstall(input: InstallInput, { files, pairs }: Transaction): Planned {
  const { root, view } = input
  const all = files.map((file) => describeWanted(view, root, file))
  const obstacles = all.flatMap((wanted) => findObstacle(wanted) ?? [])
  const obstacle = obstacles.find(({ refused }) => refused.kind === 'stale') ?? obstacles[0]
  if (obstacle) return obstacle
  const rooms = openRooms(input.names)
  const prepared: Prepared[] = []
  for (const [through, set] of groupByLink(all, ({ file }) => (goes(file) ? undefined : file.through))) {
    const made =
      through === undefined || set.every(stays)
        ? preparePlain(input, rooms, set)
        : prepareLinked(input, rooms, through, set)
    if ('refused' in made) return made
    prepared.push(made)
  }
  const retired = retireLinks(input, all)
  const placings = [...prepared.flatMap((each) => each.placings), ...retired.placings]
  const contents = new Map(prepared.flatMap((each) => each.contents))
  const fits = fitAll(view, root, contents, pairs.filter(isToStay(files)))
  if ('refused' in fits) return fits
  const prepare = [
    ...makeFolders(
      placings.map(({ way }) => way),
      rooms,
    ),
    ...retired.steps,
    ...prepared.flatMap((each) => each.steps),
    ...fits,
  ]
  const { generation, outdated } = input
  return { program: makeProgram({ generation, placings, prepare, rooms, outdated }) }
}

/** Half of a pair that goes away, or all of it, fits nothing. */
function isToStay(files: Transaction['files']): (pair: PairLocation) => boolean {
  const going = new Set(files.flatMap((file) => (goes(file) ? [file.path] : [])))
  return ({ certificate, privateKey }) => !going.has(certificate) && !going.has(privateKey)
}

function preparePlain({ root }: InstallInput, rooms: Rooms, set: readonly Wanted[]): Prepared {
  const made = set.map((wanted) => {
    const { file, reached } = wanted
    if (goes(file)) return takeAway(wanted)
    const found = fileOf(reached.seen)
    if (stays(wanted) && found && isDressed(found, dressOf(root, wanted))) return nothing
    return stays(wanted) && found
      ? redress(root, rooms, wanted, found)
      : replace(root, rooms, wanted, file.path)
  })
  return {
    placings: made.flatMap((each) => each.placings),
    steps: made.flatMap((each) => each.steps),
    contents: made.flatMap((each) => each.contents),
  }
}

const nothing: Prepared = { placings: [], steps: [], contents: [] }

function takeAway(wanted: Wanted): Prepared {
  const target = wanted.same ? undefined : targetOf(wanted)
  if (!target) return nothing
  const { place, way, own: before, content } = target
  const about = wanted.file.path
  const after = { kind: 'absent' } as const
  return { ...nothing, placings: [{ about, action: 'remove', place, way, before, content, after }] }
}

/**
 * Owner, group or mode alone: the same content comes again, as it is to be. Nothing is changed in place, where its
 * folder's owner could exchange it in the meantime.
 */
function redress(root: string, rooms: Rooms, wanted: Wanted, found: SeenFile): Prepared {
  const { file } = wanted
  const { place, way, sha256 } = found
  const staged = pathOf({ folder: rooms.beside(way, place.folder), name: place.name })
  const before: Before = toBefore(found)
  const steps: Step[] = [
    { do: 'copy', about: file.path, from: place, to: staged, sha256 },
    { do: 'dress', about: file.path, path: staged, dress: dressOf(root, wanted), like: place },
  ]
  const after = { kind: 'file', sha256 } as const
  return {
    placings: [{ about: file.path, action: 'replace', place, way, before, content: place, after, staged }],
    steps,
    contents: [[pathOf(place), staged]],
  }
}

function toBefore({ sha256, mode, uid, gid, modified }: SeenFile): Before & { kind: 'file' } {
  return { kind: 'file', sha256, mode, uid, gid, modified }
}

function replace(root: string, rooms: Rooms, wanted: Wanted, about: string): Prepared {
  const { file, source } = wanted
  const target = targetOf(wanted)
  if (!target) return nothing
  const { place, way, own, content } = target
  const born = file.content.kind === 'staged' ? fileOf(source) : undefined
  // A key is renamed from where it was born; copies of it have been made by then.
  const staged = born
    ? pathOf(born.place)
    : pathOf({ folder: rooms.beside(way, place.folder), name: place.name })
  if (born) rooms.leave(born.place.folder)
  const steps: Step[] = born
    ? [{ do: 'dress', about, path: staged, dress: dressOf(root, wanted), like: place }]
    : bring(root, wanted, staged)
  const after = { kind: 'file', sha256: newHash(wanted) } as const
  return {
    placings: [{ about, action: 'replace', place, way, before: own, content, after, staged }],
    steps,
    contents: [[pathOf(place), staged]],
  }
}

/** The place itself, what is there (a link of ours with what it leads to), and where the content is that is kept. */
function targetOf({ reached: { seen, through }, itself }: Wanted) {
  if (itself.kind === 'refused' || seen.kind === 'refused') return undefined
  const own = beforeOf(itself)
  if (!own) return undefined
  const { place, way } = itself
  if (own.kind !== 'link' || !through || seen.kind !== 'file') return { place, way, own, content: place }
  const { kind: _, ...led } = toBefore(seen)
  return { place, way, own: { ...own, led }, content: seen.place }
}

function prepareLinked(
  input: InstallInput,
  rooms: Rooms,
  through: string,
  set: readonly Wanted[],
): Prepared | Refused {
  const { root, view, names } = input
  const files = set.flatMap((wanted): SetFile[] => {
    const target = targetOf(wanted)
    if (!target) return []
    const found = fileOf(wanted.reached.seen)
    const { path: about } = wanted.file
    const before = found ? toBefore(found) : target.own
    return [{ about, ...target, before, sha256: newHash(wanted), bring: (to) => bring(root, wanted, to) }]
  })
  return prepareSet({ view, rooms, names, live: `${root}${through}`, about: through, files })
}

/** Where plain files come in the place of links, what these were reached through goes. */
function retireLinks({ root, view }: InstallInput, all: readonly Wanted[]): Omit<Prepared, 'contents'> {
  const found = new Map<string, { placing: Placing; folder: string }>()
  for (const wanted of all) {
    const { through } = wanted.reached
    if (!through || wanted.file.through !== undefined || stays(wanted)) continue
    const seen = view.at(through.live)
    if (seen.kind !== 'link') continue
    const { place, way, target } = seen
    const about = through.live.slice(root.length)
    const before = { kind: 'link', target } as const
    found.set(through.live, {
      folder: through.tree.folder,
      placing: { about, action: 'remove', place, way, before, content: place, after: { kind: 'absent' } },
    })
  }
  return {
    placings: [...found.values()].map(({ placing }) => placing),
    steps: [...found.values()].map(({ folder }): Step => ({ do: 'announce', kind: 'tree', paths: [folder] })),
  }
}
