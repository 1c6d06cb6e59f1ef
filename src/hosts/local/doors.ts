// How places are reached on this machine. A folder that is not to be trusted is opened once; what is in it is then named
// by way of the open folder (/proc/self/fd), so that nobody can put another one in its place in between.
import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs'
import { type Place, pathOf } from '../transaction/place.ts'

export interface Doors {
  /** A path for system calls. Throws what the system says, or a FolderExchanged. */
  readonly to: (place: Place) => string
  readonly toFolder: (folder: Omit<Place, 'name'>) => string
  readonly close: () => void
}

export class FolderExchanged extends Error {
  override readonly name = 'FolderExchanged'
  constructor(folder: string) {
    super(`somebody has put something else in the place of ${folder}`)
  }
}

export function openDoors(): Doors {
  const handles = new Map<string, number>()
  const toFolder = ({ folder, holder }: Omit<Place, 'name'>) => {
    if (holder === undefined) return folder
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
    const handle = handles.get(folder) ?? openSync(folder, flags)
    handles.set(folder, handle)
    // Asked each time: what is put into a folder that has been moved away is not where it is said to be.
    const path = `/proc/self/fd/${handle}`
    if (fstatSync(handle).uid !== holder || readlinkSync(path) !== folder) throw new FolderExchanged(folder)
    return path
  }
  return {
    to: (place) => pathOf({ folder: toFolder(place), name: place.name }),
    toFolder,
    close: () => {
      for (const handle of handles.values()) closeSync(handle)
      handles.clear()
    },
  }
}
