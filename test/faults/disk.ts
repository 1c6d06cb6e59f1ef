// What is on the disk of a scene: read once, judged elsewhere.
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ManagedFile, Scene } from './scene.ts'

export interface Disk {
  /** Managed files that are there. */
  readonly managed: ReadonlyMap<string, ManagedFile>
  /** Everything below the scene's folder, by its path there. */
  readonly entries: readonly Entry[]
  /** Folders that a link switches to, and does so now. */
  readonly live: ReadonlySet<string>
}

export interface Entry extends ManagedFile {
  readonly path: string
  readonly isFolder: boolean
}

export function readDisk({ folder, root, before }: Scene): Disk {
  // What is reached through a link to a folder is there under its own name as well.
  const paths = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((path) => !/\.certwright\//.test(path))
  const entries = paths.flatMap((path) => readEntry(folder, path)).sort((a, b) => (a.path < b.path ? -1 : 1))
  const prefix = root.slice(folder.length + 1)
  const managed = [...before.keys()].flatMap((path) => {
    const entry = entries.find((each) => each.path === `${prefix}${path}`) ?? readThrough(join(root, path))
    return entry && !entry.isFolder ? [[path, entry] as const] : []
  })
  return {
    managed: new Map(managed),
    entries,
    live: new Set(paths.flatMap((path) => findLive(folder, path))),
  }
}

/** A managed file that is a link. */
function readThrough(location: string): Entry | undefined {
  const stat = statSync(location, { throwIfNoEntry: false })
  if (!stat) return undefined
  const { mode, mtimeMs: modifiedMs } = stat
  return { path: location, isFolder: false, mode: mode & 0o7777, modifiedMs, bytes: readFileSync(location) }
}

function findLive(folder: string, path: string): string[] {
  if (!path.endsWith('.certwright')) return []
  return [join(dirname(path), readlinkSync(join(folder, path)))]
}

function readEntry(folder: string, path: string): Entry[] {
  const location = join(folder, path)
  const stat = lstatSync(location)
  if (!stat.isFile() && !stat.isDirectory()) return []
  const isFolder = stat.isDirectory()
  const bytes = isFolder ? Buffer.alloc(0) : readFileSync(location)
  return [{ path, isFolder, mode: stat.mode & 0o7777, modifiedMs: stat.mtimeMs, bytes }]
}
