// What a run wrote down before it made it, and what of that is to be taken away. Pure.

import { basename } from 'node:path'
import { isTreeOf, liveOfTree } from './links.ts'
import type { View } from './look-at.ts'
import { decode, encode } from './place.ts'
import { isRoom } from './rooms.ts'
import type { Program, Step } from './step.ts'

export interface Announced {
  readonly kind: 'staging' | 'folder' | 'tree'
  readonly path: string
}

export function formatAnnounced(kind: Announced['kind'], paths: readonly string[]): string {
  return paths.map((path) => `${kind} ${encode(path)}\n`).join('')
}

/** Whole lines only: half a path is another path. What is none of ours is passed over. */
export function parseAnnounced(text: string, root: string): Announced[] {
  const lines = text.split('\n').slice(0, -1)
  return lines.flatMap((line) => {
    const [, kind, path = ''] = /^(staging|folder|tree) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? []
    const announced = { kind, path: decode(path) } as Announced
    return kind !== undefined && isOurs(announced, root) ? [announced] : []
  })
}

function isOurs({ kind, path }: Announced, root: string): boolean {
  if (
    !path.startsWith(`${root}/`) ||
    path
      .split('/')
      .slice(1)
      .some((part) => ['', '.', '..'].includes(part))
  )
    return false
  return kind === 'staging' ? isRoom(path) : kind === 'tree' ? liveOfTree(path) !== undefined : true
}

/** What has to be looked at. */
export function placesOfAnnounced(announced: readonly Announced[]): { readonly path: string }[] {
  const paths = announced.flatMap(({ kind, path }) => [
    path,
    ...(kind === 'tree' ? [liveOfTree(path) ?? path] : []),
  ])
  return [...new Set(paths)].map((path) => ({ path }))
}

/** The list goes with the last of it. `count`: rooms that are still there. */
export function sweepList(
  list: string,
  announced: readonly Announced[],
  view: View,
): { program: Program; count: number } {
  const present = announced.filter(({ path }) => {
    const seen = view.at(path)
    return seen.kind === 'other' && seen.way.kind === 'trusted'
  })
  const gone = present.filter(
    ({ kind, path }) => kind === 'staging' || (kind === 'tree' && !isLive(path, view)),
  )
  const empty = present.filter(({ kind }) => kind === 'folder').toReversed()
  const change: Step[] = [...new Set(gone.map(({ path }) => path))].map((path) => ({ do: 'forget', path }))
  const count = new Set(gone.filter(({ kind }) => kind === 'staging').map(({ path }) => path)).size
  return {
    count,
    program: {
      prepare: [],
      change: [
        ...change,
        ...empty.map(({ path }): Step => ({ do: 'forget-empty', path })),
        { do: 'forget', path: list },
      ],
      undo: [],
      after: [],
    },
  }
}

function isLive(tree: string, view: View): boolean {
  const live = liveOfTree(tree)
  const seen = live === undefined ? undefined : view.at(live)
  return (
    seen?.kind === 'link' && isTreeOf(basename(live ?? ''), seen.target) && seen.target === basename(tree)
  )
}
