// Files that are switched together: a new folder with all of them, and the link that will lead to it. Pure.
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { beforeOf, type Placing } from './change.ts'
import type { OpenWay, Tree, View } from './look-at.ts'
import { type Place, pathOf, type State } from './place.ts'
import type { RoomNames, Rooms } from './rooms.ts'
import type { Before, Step } from './step.ts'
import { ownership, type Refused, refuse } from './wanted.ts'

/** One file of a set, wherever its content comes from. */
export interface SetFile {
  /** Of the host. */
  readonly about: string
  readonly place: Place
  readonly way: OpenWay
  /** What is there itself, and what it stands for. */
  readonly own: Before
  readonly before: Before
  readonly content: Place
  readonly sha256: string
  readonly bring: (to: string) => Step[]
}

export interface PreparedSet {
  readonly placings: readonly Placing[]
  readonly steps: readonly Step[]
  /** Where the new content of a file can be read before it is there, by its place. */
  readonly contents: readonly (readonly [string, string])[]
}

export interface SetRequest {
  readonly view: View
  readonly rooms: Rooms
  readonly names: RoomNames
  /** The link that is switched: its path on the machine. */
  readonly live: string
  /** The same, of the host. */
  readonly about: string
  readonly files: readonly SetFile[]
}

/** The switch first: whoever looks in between finds the old files, or all of the new. */
export function prepareSet(request: SetRequest): PreparedSet | Refused {
  const { view, rooms, names, live, about, files } = request
  const seen = view.at(live)
  if (seen.kind === 'refused') return refuse('failed', about, 'cannot be reached')
  const before = beforeOf(seen)
  if (!before || before.kind === 'file')
    return refuse('failed', about, 'is in the way, and is no link of certwright')
  const { place, way } = seen
  const tree = pathOf({ folder: place.folder, name: `${place.name}-${freshName(names)}` })
  const old = view.treeOf(live)
  const link = stageLink(rooms, way, place, basename(tree), about)
  const placed = files.map((file) => placeFile({ rooms, live: place, tree, file }))
  return {
    placings: [
      {
        about,
        action: 'replace',
        place,
        way,
        before,
        content: place,
        after: link.state,
        staged: link.staged,
      },
      ...placed.map(({ placing }) => placing),
    ],
    steps: [
      { do: 'announce', kind: 'tree', paths: old ? [tree, old.folder] : [tree] },
      { do: 'make-folder', path: tree, mode: 0o755 },
      ...files.flatMap(({ place: { name }, bring }) => bring(pathOf({ folder: tree, name }))),
      ...(old ? carryOver(view, old, tree, new Set(files.map((each) => each.place.name))) : []),
      { do: 'sync', folder: { folder: tree } },
      link.step,
      ...placed.flatMap(({ steps }) => steps),
    ],
    contents: files.map(({ place: file }) => [pathOf(file), pathOf({ folder: tree, name: file.name })]),
  }
}

function freshName({ token, next }: RoomNames): string {
  return createHash('sha256').update(`${token} ${next()}`).digest('hex').slice(0, 16)
}

function stageLink(rooms: Rooms, way: OpenWay, place: Place, target: string, about: string) {
  const staged = pathOf({ folder: rooms.beside(way, place.folder), name: place.name })
  const state: State = { kind: 'link', target }
  return { staged, state, step: { do: 'link', about, to: staged, target } as const }
}

interface Placement {
  readonly rooms: Rooms
  readonly live: Place
  readonly tree: string
  readonly file: SetFile
}

/** A link that leads through the right one already stays; another one comes in the place of everything else. */
function placeFile({ rooms, live, tree, file }: Placement): { placing: Placing; steps: readonly Step[] } {
  const { about, place, way, own, before, content, sha256 } = file
  const state: State = { kind: 'file', sha256 }
  const arrives = { place: { folder: tree, name: place.name }, state }
  const target = `${live.name}/${place.name}`
  if (own.kind === 'link' && own.target === target) {
    const through = { action: 'through', staged: pathOf(live) } as const
    return { placing: { about, ...through, place, way, before, content, after: state, arrives }, steps: [] }
  }
  const { step, staged, state: after } = stageLink(rooms, way, place, target, about)
  return {
    placing: { about, action: 'replace', place, way, before: own, content, after, staged, arrives },
    steps: [step],
  }
}

/** What the link leads to now and is not written anew. */
function carryOver(view: View, { folder, names }: Tree, tree: string, brought: ReadonlySet<string>): Step[] {
  return names.flatMap((name): Step[] => {
    const found = view.at(pathOf({ folder, name }))
    if (brought.has(name) || found.kind !== 'file') return []
    const { place, sha256, mode, modified } = found
    const to = pathOf({ folder: tree, name })
    return [
      { do: 'copy', from: place, to, sha256 },
      { do: 'dress', path: to, dress: { mode, modified, ...ownership(found) }, like: place },
    ]
  })
}
