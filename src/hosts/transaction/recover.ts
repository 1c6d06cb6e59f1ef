// What an earlier run left in the middle is finished, or undone where it cannot be. Pure.
import { basename } from 'node:path'
import { foldersOf } from './change.ts'
import type { GenerationEntry } from './journal.ts'
import type { Seen, View } from './look-at.ts'
import { isSame, type Place, pathOf, type State } from './place.ts'
import { isRoom, openRooms, type RoomNames } from './rooms.ts'
import type { Program, Step } from './step.ts'
import { explainFault } from './way.ts'

export type Decision =
  | { readonly outcome: 'finished' | 'undone'; readonly program: Program }
  | { readonly outcome: 'failed'; readonly detail: string }

export interface Interrupted {
  readonly root: string
  /** Its folder on the machine. */
  readonly generation: string
  readonly entries: readonly GenerationEntry[]
  readonly names: RoomNames
}

/** What a journal says is as good as what it was written in: places outside of the root are not touched. */
export function findForgery({ root, entries }: Pick<Interrupted, 'root' | 'entries'>): string | undefined {
  const strange = entries.find(
    ({ action, location, staged }) =>
      !isPlain(location) ||
      !location.startsWith(`${root}/`) ||
      (action === 'replace' && !(staged !== undefined && isStagedFor(staged, location, root))),
  )
  return strange && `its journal names a place that it cannot mean: ${strange.location}`
}

function isPlain(path: string): boolean {
  return (
    path.startsWith('/') &&
    !path
      .split('/')
      .slice(1)
      .some((part) => ['', '.', '..'].includes(part))
  )
}

function isStagedFor(staged: string, location: string, root: string): boolean {
  const [, room = ''] = /^(.*)\/\d+\/[^/]+$/.exec(staged) ?? []
  return (
    isPlain(staged) &&
    staged.startsWith(`${root}/`) &&
    isRoom(room) &&
    basename(staged) === basename(location)
  )
}

/** What has to be looked at. */
export function placesOfJournal(entries: readonly GenerationEntry[]): { readonly path: string }[] {
  return entries
    .filter(({ action }) => action !== 'through')
    .flatMap(({ location, staged }) => [location, ...(staged === undefined ? [] : [staged])])
    .map((path) => ({ path }))
}

export function decideRecovery(input: Interrupted, view: View): Decision {
  const entries = input.entries.flatMap((entry, index) =>
    entry.action === 'through' ? [] : [{ ...entry, index }],
  )
  const found: Placed[] = []
  for (const entry of entries) {
    const seen = view.at(entry.location)
    if (seen.kind === 'refused') return { outcome: 'failed', detail: explainFault(seen.fault) }
    const waits = entry.staged !== undefined && isThere(view.at(entry.staged), entry.after)
    found.push({
      ...entry,
      place: seen.place,
      seen,
      fate: isThere(seen, entry.after) ? 'placed' : waits ? 'waiting' : 'lost',
    })
  }
  const isLost = found.some(({ action, fate }) => action === 'replace' && fate === 'lost')
  return isLost
    ? { outcome: 'undone', program: undo(input, found) }
    : { outcome: 'finished', program: finish(input, found) }
}

interface Placed extends GenerationEntry {
  readonly index: number
  readonly place: Place
  readonly seen: Exclude<Seen, { kind: 'refused' }>
  readonly fate: 'placed' | 'waiting' | 'lost'
}

function isThere(seen: Seen, wanted: State): boolean {
  return seen.kind !== 'refused' && seen.kind !== 'other' && isSame(seen, wanted)
}

/** What was to go and is another file by now is somebody else's, and stays. */
function finish({ generation }: Interrupted, found: readonly Placed[]): Program {
  const open = found.filter(({ action, fate, seen, before }) =>
    action === 'remove' ? fate !== 'placed' && isThere(seen, before) : fate === 'waiting',
  )
  const steps = open.map(({ action, place, staged }): Step => {
    const { name: _, ...into } = place
    return action === 'remove' || staged === undefined
      ? { do: 'remove', place }
      : { do: 'switch', staged: [staged], into }
  })
  const change: Step[] = [
    ...steps,
    ...foldersOf(found.filter(({ seen }) => seen.way.missing.length === 0)).map(
      (folder): Step => ({ do: 'sync', folder }),
    ),
    { do: 'commit', generation },
  ]
  return { prepare: [], change, undo: [], after: [] }
}

function undo({ generation, names }: Interrupted, found: readonly Placed[]): Program {
  const rooms = openRooms(names)
  const open = found.filter(({ seen, before }) => seen.kind === 'other' || !isSame(seen, before))
  const returns = open.map(
    ({ place, before, after, index, seen }): Step => ({
      do: 'return',
      about: pathOf(place),
      place,
      before,
      after,
      kept: `${generation}/${index}`,
      staged: rooms.spare(seen.way),
    }),
  )
  const change: Step[] = [
    ...returns,
    ...foldersOf(found.filter(({ seen }) => seen.way.missing.length === 0)).map(
      (folder): Step => ({ do: 'sync', folder }),
    ),
    { do: 'forget', path: generation },
  ]
  return { prepare: rooms.steps(), change, undo: [], after: [] }
}
