import { randomBytes } from 'node:crypto'
import {
  chmod,
  chown,
  constants,
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorCode } from './errors.ts'
import { makePrivateFolder, syncFolder } from './stage.ts'

/** What a transaction replaced, kept so that it can be put back. Root's alone: it holds private keys. */
interface Manifest {
  readonly files: readonly ManifestEntry[]
}

interface ManifestEntry {
  /** Where the file belongs, on this machine. */
  readonly location: string
  /** Null: there was nothing. */
  readonly before: {
    readonly kept: string
    readonly mode: number
    readonly uid: number
    readonly gid: number
  } | null
}

const keptGenerations = 5

/** Keeps what is at the locations now: as a second link to the same file where the file system allows it, else as a copy. */
export async function keepGeneration(
  folder: string,
  id: string,
  locations: readonly string[],
): Promise<void> {
  const generation = join(folder, id)
  await makePrivateFolder(folder)
  await mkdir(generation, { mode: 0o700 })
  const files: ManifestEntry[] = []
  for (const [index, location] of locations.entries()) {
    const kept = join(generation, String(index))
    const stat = await keepFile(location, kept)
    files.push({ location, before: stat && { kept, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid } })
  }
  const manifest: Manifest = { files }
  await writeFile(join(generation, 'manifest.json'), JSON.stringify(manifest), { mode: 0o600, flush: true })
  await syncFolder(generation)
  await syncFolder(folder)
}

async function keepFile(location: string, kept: string) {
  try {
    await link(location, kept)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    if (!['EXDEV', 'EPERM', 'EMLINK'].includes(errorCode(error) ?? '')) throw error
    await copyAcross(location, kept)
  }
  return lstat(location)
}

/** Onto another file system, keeping the time of modification: a restored file must not look new. */
async function copyAcross(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_EXCL)
  const { atime, mtime } = await lstat(from)
  await utimes(to, atime, mtime)
  const file = await open(to, constants.O_RDONLY)
  await file.sync().finally(() => file.close())
}

/** Puts a generation back, file by file, each by one rename; what was not there before is removed. */
export async function restoreGeneration(folder: string, id: string): Promise<void> {
  const text = await readFile(join(folder, id, 'manifest.json'), 'utf8')
  const { files } = JSON.parse(text) as Manifest
  for (const { location, before } of files) {
    if (!before) {
      await rm(location, { force: true })
      continue
    }
    const staged = `${location}.certwright-${randomBytes(8).toString('hex')}`
    await keepFile(before.kept, staged)
    await rename(staged, location)
    // Two links to one file: rename(2) then does nothing and leaves both.
    await unlink(staged).catch(() => undefined)
    await chown(location, before.uid, before.gid)
    await chmod(location, before.mode)
  }
  for (const parent of new Set(files.map(({ location }) => dirname(location)))) await syncFolder(parent)
}

/** Only the newest generations are kept; their names sort by time. */
export async function pruneGenerations(folder: string): Promise<void> {
  const names = (await readdir(folder)).sort()
  for (const name of names.slice(0, -keptGenerations))
    await rm(join(folder, name), { recursive: true, force: true })
}
