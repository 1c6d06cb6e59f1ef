// Small steps on files, each durable when it returns.
import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import {
  chmod,
  chown,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readFile,
  readlink,
  symlink,
  utimes,
} from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode } from './errors.ts'
import { hashLink } from './links.ts'

const exclusive = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW

/** A new file, 0600 from its first byte, never through a link, on the disk when this returns. */
export async function writeNewFile(location: string, bytes: Uint8Array): Promise<void> {
  const file = await open(location, exclusive, 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

export interface Ownership {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** A copy with owner, mode and time of modification: a file that is put back must not look new. A link is copied as a link. */
export async function copyWhole(from: string, to: string, { mode, uid, gid }: Ownership): Promise<void> {
  const found = await lstat(from)
  if (found.isSymbolicLink()) return symlink(await readlink(from), to)
  await writeNewFile(to, await readFile(from))
  await chown(to, uid, gid)
  await chmod(to, mode)
  await utimes(to, found.atime, found.mtime)
  await syncFile(to)
}

/** Undefined where nothing is; a link by where it leads. */
export async function hashOf(location: string): Promise<string | undefined> {
  try {
    const stat = await lstat(location)
    if (stat.isSymbolicLink()) return hashLink(await readlink(location))
    if (!stat.isFile()) return 'not a file'
    return createHash('sha256')
      .update(await readFile(location))
      .digest('hex')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined
    throw error
  }
}

/** Makes a rename in the folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  await sync(folder, constants.O_RDONLY | constants.O_DIRECTORY)
}

export async function syncFile(location: string): Promise<void> {
  await sync(location, constants.O_RDONLY | constants.O_NOFOLLOW)
}

async function sync(location: string, flags: number): Promise<void> {
  const handle: FileHandle = await open(location, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes a folder and those above it, 0755 whatever the umask; `made` hears of each before it is made. */
export async function makeFolder(
  folder: string,
  made: (folder: string) => Promise<void> = async () => undefined,
): Promise<void> {
  const found = await lstat(folder).catch(() => undefined)
  if (found) return
  await makeFolder(dirname(folder), made)
  await made(folder)
  await makeOne(folder, 0o755)
}

/** A folder for certwright alone, 0700 if it is made here; the folders above it are ordinary ones. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await makeFolder(dirname(folder))
  await makeOne(folder, 0o700)
}

/** What exists already is left as it is. */
export async function makeOne(folder: string, mode: number): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
    await chmod(folder, mode)
    await syncFolder(dirname(folder))
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}
