// Where a key is born: in a room of ours, under the name of the file that it will be.
import { basename, dirname } from 'node:path'
import { HostError } from '../../model/host.ts'
import type { Disk } from './disk.ts'
import { lookAt } from './look-at.ts'
import { pathOf } from './place.ts'
import { openRooms, type RoomNames } from './rooms.ts'
import type { Step } from './step.ts'
import { explainFault } from './way.ts'

export interface KeyStaging {
  /** On the machine, and of the host. */
  readonly location: string
  readonly stagedPath: string
  /** What makes the room. */
  readonly steps: readonly Step[]
}

/** `path`: where the key will be. Throws HostError where nothing may be written. */
export async function stageKey(disk: Disk, names: RoomNames, path: string): Promise<KeyStaging> {
  const location = `${disk.root}${path}`
  const seen = (await lookAt(disk, [{ path: location }])).at(location)
  if (seen.kind === 'refused') throw new HostError(`${path}: ${explainFault(seen.fault)}`)
  const rooms = openRooms(names)
  const staged = pathOf({ folder: rooms.beside(seen.way, dirname(location)), name: basename(location) })
  return { location: staged, stagedPath: staged.slice(disk.root.length), steps: rooms.steps() }
}
