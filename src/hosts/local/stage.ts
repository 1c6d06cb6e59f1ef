import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, type FileHandle, mkdir, open, rmdir, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errorCode } from './errors.ts'

/** What a run has put beside its targets and not yet installed, and the folders it made for that. */
export interface Staging {
  readonly files: Set<string>
  readonly folders: string[]
}

const exclusive = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW

/** A new file beside its target, on the same file system: 0600 from its first byte, never through a link, on the disk when this returns. */
export async function stageFile(staging: Staging, location: string, bytes: Uint8Array): Promise<string> {
  await makeFolder(staging, dirname(location))
  const name = `.${basename(location)}.certwright-${randomBytes(8).toString('hex')}`
  const staged = join(dirname(location), name)
  staging.files.add(staged)
  const file = await open(staged, exclusive, 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  return staged
}

/** Makes a folder and those above it, 0755 whatever the umask, and remembers which were made. */
export async function makeFolder(staging: Staging, folder: string): Promise<void> {
  try {
    await mkdir(folder)
    await chmod(folder, 0o755)
    staging.folders.push(folder)
    await syncFolder(dirname(folder))
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return
    if (errorCode(error) !== 'ENOENT') throw error
    await makeFolder(staging, dirname(folder))
    await makeFolder(staging, folder)
  }
}

/** A folder for certwright alone, 0700 if it is made here; the folders above it are ordinary ones. */
export async function makePrivateFolder(folder: string): Promise<void> {
  await makeFolder({ files: new Set(), folders: [] }, dirname(folder))
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error
  })
}

/** Takes back what was staged and not installed. What is already gone was installed. */
export async function discardStaging({ files, folders }: Staging): Promise<void> {
  for (const file of files) await unlink(file).catch(() => undefined)
  for (const folder of folders.toReversed()) await rmdir(folder).catch(() => undefined)
}

/** Makes a rename in the folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle: FileHandle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
