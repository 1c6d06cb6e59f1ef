// From what comes to which place to the program that brings it there, or back. Pure.
import type { Found } from './disk.ts'
import { formatGeneration, type GenerationEntry } from './journal.ts'
import type { OpenWay } from './look-at.ts'
import { type Place, pathOf, type State } from './place.ts'
import type { Rooms } from './rooms.ts'
import type { Before, Program, Step } from './step.ts'

/** One place, and what comes there. */
export interface Placing {
  /** Of the host, for messages. */
  readonly about: string
  readonly action: GenerationEntry['action']
  readonly place: Place
  readonly way: OpenWay
  readonly before: Before
  readonly after: State
  /** Where the content is that is kept; the place itself, unless that is a link of ours. */
  readonly content: Place
  /** What waits to be renamed, under its own name; with `through`, the link that it is reached through. */
  readonly staged?: string
  /** What has to read back as it was written; the place itself, if nothing else is said. */
  readonly arrives?: { readonly place: Place; readonly state: State }
}

export interface Change {
  readonly generation: string
  readonly placings: readonly Placing[]
  /** In this order, after the rooms have been made. */
  readonly prepare: readonly Step[]
  readonly rooms: Rooms
  /** Old generations to forget in the end. */
  readonly outdated: readonly string[]
}

export function makeProgram({ generation, placings, prepare, rooms, outdated }: Change): Program {
  const visible = placings.filter(({ action }) => action !== 'through')
  const spares = visible.map(({ way }) => rooms.spare(way))
  return {
    prepare: [...rooms.steps(), ...prepare],
    change: [
      { do: 'open', about: generation, generation },
      ...placings.flatMap((placing, index) => keep(placing, `${generation}/${index}`)),
      { do: 'journal', generation, text: formatGeneration(placings.map(describe)) },
      ...switchAll(visible),
      ...visible.flatMap(remove),
      ...foldersOf(visible).map((folder): Step => ({ do: 'sync', folder })),
      ...placings.flatMap(({ about, action, place, after, arrives }): Step[] => [
        ...(action === 'through' ? [] : [{ do: 'arrived', about, place, state: after } as const]),
        ...(arrives ? [{ do: 'arrived', about, ...arrives } as const] : []),
      ]),
      { do: 'commit', generation },
    ],
    undo: [
      ...visible.map(
        ({ about, place, before, after }, index): Step => ({
          do: 'return',
          about,
          place,
          before,
          after,
          kept: `${generation}/${placings.indexOf(visible[index] as Placing)}`,
          staged: spares[index] ?? '',
        }),
      ),
      ...foldersOf(visible).map((folder): Step => ({ do: 'sync', folder })),
      { do: 'forget', path: generation },
    ],
    after: [...rooms.clear(), ...outdated.map((path): Step => ({ do: 'forget', path }))],
  }
}

/** What a transaction rests on, and what is kept of it. */
function keep({ about, place, before, content }: Placing, to: string): Step[] {
  const expected: Step[] = before.kind === 'file' ? [] : [{ do: 'expect', about, place, state: before }]
  const kept = before.kind === 'file' ? before : before.kind === 'link' ? before.led : undefined
  return kept ? [...expected, { do: 'keep', about, place: content, sha256: kept.sha256, to }] : expected
}

function describe({ action, place, before, after, staged }: Placing): GenerationEntry {
  const location = pathOf(place)
  return { action, location, before, after, ...(staged === undefined ? {} : { staged }) }
}

/** Folder by folder, in the order of the placings: nobody finds a new certificate beside an old key for longer than two renames take. */
function switchAll(placings: readonly Placing[]): Step[] {
  return foldersOf(placings).flatMap((into): Step[] => {
    const staged = placings
      .filter(({ place, action }) => action === 'replace' && place.folder === into.folder)
      .flatMap((placing) => placing.staged ?? [])
    return staged.length === 0 ? [] : [{ do: 'switch', staged, into }]
  })
}

function remove({ about, action, place }: Placing): Step[] {
  return action === 'remove' ? [{ do: 'remove', about, place }] : []
}

export function foldersOf(placings: readonly { readonly place: Place }[]): Omit<Place, 'name'>[] {
  const folders = new Map(placings.map(({ place: { name: _, ...folder } }) => [folder.folder, folder]))
  return [...folders.values()]
}

/** What is at a place now, as it is kept. */
export function beforeOf(found: Found): Before | undefined {
  if (found.kind === 'absent') return { kind: 'absent' }
  if (found.kind === 'link') return { kind: 'link', target: found.target }
  if (found.kind === 'other') return undefined
  const { sha256, mode, uid, gid, modified } = found
  return { kind: 'file', sha256, mode, uid, gid, modified }
}
