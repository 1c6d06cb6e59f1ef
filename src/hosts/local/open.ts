// Managed files of this machine, as whoever looks at a host wants them: along a way that can be trusted, through links
// of certwright's own and no others.
import { basename, dirname } from 'node:path'
import type { Absent, Unreadable } from '../../model/actual.ts'
import { isTreeOf, liveNameOf } from '../transaction/links.ts'
import { keepInside, placeOn } from '../transaction/look-at.ts'
import { type Place, pathOf } from '../transaction/place.ts'
import { explainFault, judgeWay, type Way } from '../transaction/way.ts'
import { type Doors, FolderExchanged, openDoors } from './doors.ts'
import { errorCode, explain } from './errors.ts'
import { findTop, whoWorks } from './look.ts'
import { type OwnerNames, readOwnerNames } from './owners.ts'
import { locate } from './paths.ts'
import { type ReadFile, readRegularFile, unreadable } from './read.ts'
import { walk } from './walk.ts'

export interface Opened extends ReadFile {
  readonly place: Place
  /** The link that is switched, where the file is reached through one: a path of the host. */
  readonly through?: string
}

/** Ways that have been judged, for one look at many files. */
export interface Ways {
  readonly to: (folder: string) => Promise<Way>
}

export async function openWays(root: string | undefined, names: OwnerNames): Promise<Ways> {
  const top = await findTop(root)
  const known = new Map<string, Promise<Way>>()
  const judge = async (folder: string) => {
    const location = locate(top === '/' ? undefined : top, folder)
    return keepInside(judgeWay(await walk(location, top, names), top, whoWorks()), top)
  }
  return {
    to: (folder) => {
      const way = known.get(folder) ?? judge(folder)
      known.set(folder, way)
      return way
    },
  }
}

/** One managed file. */
export async function openManaged(
  root: string | undefined,
  path: string,
): Promise<Opened | Absent | Unreadable> {
  return readManaged(await openWays(root, await readOwnerNames([], [])), path)
}

export async function readManaged(ways: Ways, path: string): Promise<Opened | Absent | Unreadable> {
  const doors = openDoors()
  try {
    const way = await ways.to(dirname(path))
    const open = way.kind === 'refused' ? way.readable : way
    if (!open) return way.kind === 'refused' ? refuse(way) : { kind: 'absent' }
    if (open.missing.length > 0) return { kind: 'absent' }
    const place = placeOn(open, path)
    const read = await readRegularFile(doors.to(place))
    if (read.kind === 'file') return { ...read, place }
    if (read.kind !== 'link') return read
    return (way.kind === 'trusted' && (await follow(doors, place, path, read.target))) || aLink
  } catch (error) {
    if (error instanceof FolderExchanged) return unreadable('untrusted-folder', error.message)
    if (errorCode(error) === 'ENOENT') return { kind: 'absent' }
    if (errorCode(error) === 'EACCES') return unreadable('permission-denied', 'may not be read')
    return unreadable('io-error', `cannot be read: ${explain(error)}`)
  } finally {
    doors.close()
  }
}

const aLink = unreadable('symlink', 'is a symbolic link')

/** What cannot be told apart from nothing is nothing: a file in the place of a folder is told by what is written below it. */
function refuse({ fault }: Extract<Way, { kind: 'refused' }>): Unreadable {
  if (fault.reason === 'outside')
    return unreadable('outside-root', 'is reached through a link out of certwright_root')
  if (fault.reason === 'blocked') return unreadable('io-error', `cannot be read: ${explainFault(fault)}`)
  return unreadable('untrusted-folder', `cannot be trusted: ${explainFault(fault)}`)
}

/** Undefined for all links but our own. */
async function follow(
  doors: Doors,
  { folder }: Place,
  path: string,
  target: string,
): Promise<Opened | undefined> {
  const name = basename(path)
  const live = liveNameOf(name, target)
  const second = live === undefined ? undefined : await readRegularFile(pathOf({ folder, name: live }))
  if (live === undefined || second?.kind !== 'link' || !isTreeOf(live, second.target)) return undefined
  const place = { folder: pathOf({ folder, name: second.target }), name }
  const read = await readRegularFile(doors.to(place))
  return read.kind === 'file'
    ? { ...read, place, through: pathOf({ folder: dirname(path), name: live }) }
    : undefined
}
