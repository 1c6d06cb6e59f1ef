// What is on the disk of a scene: read once, judged elsewhere.
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ManagedFile, managedFiles, type Scene } from './scene.ts'

export interface Disk {
  /** Managed files that are there. */
  readonly managed: ReadonlyMap<string, ManagedFile>
  /** Everything below the scene's folder, by its path there. */
  readonly entries: readonly Entry[]
}

export interface Entry extends ManagedFile {
  readonly path: string
  readonly isFolder: boolean
}

export function readDisk({ folder, root }: Scene): Disk {
  const paths = readdirSync(folder, { recursive: true }).map(String)
  const entries = paths.flatMap((path) => readEntry(folder, path)).sort((a, b) => (a.path < b.path ? -1 : 1))
  const prefix = root.slice(folder.length + 1)
  const managed = managedFiles.flatMap((path) => {
    const entry = entries.find((each) => each.path === `${prefix}${path}`)
    return entry && !entry.isFolder ? [[path, entry] as const] : []
  })
  return { managed: new Map(managed), entries }
}

function readEntry(folder: string, path: string): Entry[] {
  const location = join(folder, path)
  const stat = lstatSync(location)
  if (!stat.isFile() && !stat.isDirectory()) return []
  const isFolder = stat.isDirectory()
  return [
    { path, isFolder, mode: stat.mode & 0o7777, bytes: isFolder ? Buffer.alloc(0) : readFileSync(location) },
  ]
}
