// Folders of certwright's own, 0700, where files are prepared: in the nearest folder where nobody else may write, on the
// file system that the files go to. Pure.
import type { OpenWay } from './look-at.ts'
import { pathOf } from './place.ts'
import type { Step } from './step.ts'

/** Of a run: its folders have one name. */
export interface RoomNames {
  readonly token: string
  readonly next: () => number
}

export interface Rooms {
  /** A folder for what goes together to another one. Files bear their own names in it. */
  readonly beside: (way: OpenWay, folder: string) => string
  /** A name that is not a file's own. */
  readonly spare: (way: OpenWay) => string
  /** A folder that was made for a key, and is left by it. */
  readonly leave: (folder: string) => void
  /** What makes them, and what takes them away when nothing is in them any more. */
  readonly steps: () => Step[]
  readonly clear: () => Step[]
}

const pattern = /\/\.certwright-[0-9a-f]{16}$/

export function isRoom(path: string): boolean {
  return pattern.test(path)
}

/** `token`: 16 hexadecimal digits that nothing else is called by. */
export function nameRooms(token: string): RoomNames {
  let count = 0
  return { token, next: () => count++ }
}

export function openRooms({ token, next }: RoomNames): Rooms {
  const bases = new Set<string>()
  const folders = new Map<string, string>()
  const left = new Set<string>()
  const base = (way: OpenWay) => {
    const folder = pathOf({
      folder: way.kind === 'held' ? way.staging : way.folder,
      name: `.certwright-${token}`,
    })
    bases.add(folder)
    return folder
  }
  return {
    beside: (way, folder) => {
      const known = folders.get(folder)
      if (known !== undefined) return known
      const made = `${base(way)}/${next()}`
      folders.set(folder, made)
      return made
    },
    spare: (way) => `${base(way)}/${next()}.old`,
    leave: (folder) => void left.add(folder),
    steps: () =>
      bases.size === 0
        ? []
        : [
            { do: 'announce', kind: 'staging', paths: [...bases] },
            ...[...bases, ...folders.values()].map(
              (path): Step => ({ do: 'make-folder', path, mode: 0o700 }),
            ),
          ],
    clear: () => [...folders.values(), ...left, ...bases].map((path): Step => ({ do: 'forget-empty', path })),
  }
}
