// Folders that files need and that do not exist. Pure.
import type { OpenWay } from './look-at.ts'
import { pathOf } from './place.ts'
import type { Rooms } from './rooms.ts'
import type { Step } from './step.ts'

/** 0755; in a folder of somebody else, they are that user's as well. */
export function makeFolders(ways: readonly OpenWay[], rooms: Rooms): Step[] {
  const made = new Set<string>()
  return ways.flatMap((way) =>
    way.missing.flatMap((name, index) => {
      const folder = [way.folder === '/' ? '' : way.folder, ...way.missing.slice(0, index)].join('/') || '/'
      const path = pathOf({ folder, name })
      if (made.has(path)) return []
      made.add(path)
      return way.kind === 'trusted' ? makeOurs(path) : makeTheirs(way, rooms, folder, name)
    }),
  )
}

function makeOurs(path: string): Step[] {
  return [
    { do: 'announce', kind: 'folder', paths: [path] },
    { do: 'make-folder', path, mode: 0o755 },
  ]
}

function makeTheirs(
  way: Extract<OpenWay, { kind: 'held' }>,
  rooms: Rooms,
  folder: string,
  name: string,
): Step[] {
  const staged = pathOf({ folder: rooms.beside(way, folder), name })
  const { holder, gid } = way
  return [
    { do: 'make-folder', path: staged, mode: 0o700 },
    { do: 'dress', path: staged, dress: { mode: 0o755, owner: String(holder), group: String(gid) } },
    { do: 'switch', staged: [staged], into: { folder, holder } },
    { do: 'sync', folder: { folder, holder } },
  ]
}
