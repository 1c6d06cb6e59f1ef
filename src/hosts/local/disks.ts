import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DiskFact } from '../../model/actual.ts'
import { locate } from './paths.ts'

/** Free space and permission in the folders of these paths, or above where they do not exist yet. */
export async function readDisks(root: string | undefined, paths: readonly string[]): Promise<DiskFact[]> {
  const folders = new Set(await Promise.all(paths.map((path) => nearestFolder(root, dirname(path)))))
  const disks = await Promise.all([...folders].map((folder) => readDisk(root, folder)))
  return disks.filter((disk) => disk !== undefined)
}

async function nearestFolder(root: string | undefined, folder: string): Promise<string> {
  if (folder === '/') return folder
  const found = await stat(locate(root, folder)).catch(() => undefined)
  return found?.isDirectory() ? folder : nearestFolder(root, dirname(folder))
}

/** Undefined where the system does not tell: then the install will. */
async function readDisk(root: string | undefined, folder: string): Promise<DiskFact | undefined> {
  const location = locate(root, folder)
  const space = await statfs(location).catch(() => undefined)
  if (!space) return undefined
  const writable = await access(location, constants.W_OK).then(
    () => true,
    () => false,
  )
  const { bsize, bfree, bavail } = space
  const exposed = await findExposed(root, folder)
  return {
    folder,
    writable,
    freeBytes: bsize * (process.getuid?.() === 0 ? bfree : bavail),
    ...(exposed === undefined ? {} : { exposed }),
  }
}

/** Others may write there, and no sticky bit keeps them from what is not theirs. */
async function findExposed(root: string | undefined, folder: string): Promise<string | undefined> {
  if (folder === '/') return undefined
  const { mode } = await stat(locate(root, folder))
  return (mode & 0o1002) === 0o002 ? folder : findExposed(root, dirname(folder))
}
