import { constants } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DiskFact } from '../../model/actual.ts'
import type { OpenWay } from '../transaction/look-at.ts'
import { describeTrust } from '../transaction/trust.ts'
import type { Ways } from './open.ts'

/** Free space, permission and trust in the folders of these paths, or above where they do not exist yet. */
export async function readDisks(paths: readonly string[], ways: Ways, top: string): Promise<DiskFact[]> {
  const disks = new Map<string, DiskFact>()
  for (const folder of new Set(paths.map(dirname))) {
    const way = await ways.to(folder)
    const { folder: nearest, ...trust } = describeTrust(folder, way, top)
    const disk =
      way.kind === 'refused' ? { writable: true, freeBytes: Number.MAX_SAFE_INTEGER } : await readDisk(way)
    if (disk) disks.set(nearest, { folder: nearest, ...disk, ...trust })
  }
  return [...disks.values()]
}

/** Undefined where the system does not tell: then the install will. Files are prepared in a folder of ours. */
async function readDisk(way: OpenWay): Promise<Pick<DiskFact, 'writable' | 'freeBytes'> | undefined> {
  const space = await statfs(way.folder).catch(() => undefined)
  if (!space) return undefined
  const folders = way.kind === 'held' ? [way.folder, way.staging] : [way.folder]
  const writable = await Promise.all(folders.map((folder) => access(folder, constants.W_OK))).then(
    () => true,
    () => false,
  )
  const { bsize, bfree, bavail } = space
  return { writable, freeBytes: bsize * (process.getuid?.() === 0 ? bfree : bavail) }
}
