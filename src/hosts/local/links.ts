// Files that are links into a folder of their own (`install: generations`):
//
//     leaf.crt → .leaf.crt.certwright/leaf.crt      leaf.key → .leaf.crt.certwright/leaf.key
//     .leaf.crt.certwright → .leaf.crt.certwright-0123456789abcdef
//
// The second link is what is switched. Links of this form are followed; all others are somebody else's.
import { createHash } from 'node:crypto'
import { lstat, readlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** What a path stands for: a place in the folder that its link leads to. */
export interface Linked {
  /** The link that is switched. */
  readonly live: string
  /** The folder that it leads to now. */
  readonly folder: string
  /** The file itself. */
  readonly target: string
}

const livePattern = /^\.[^/]+\.certwright$/

/** Undefined for anything but links of this form. */
export async function resolveLink(location: string): Promise<Linked | undefined> {
  const first = await readLink(location)
  const [name, base, ...rest] = first?.split('/') ?? []
  if (!name || base !== basename(location) || rest.length > 0 || !livePattern.test(name)) return undefined
  const live = join(dirname(location), name)
  const second = await readLink(live)
  if (second === undefined || !isFolderOf(name, second)) return undefined
  const folder = join(dirname(location), second)
  const found = await lstat(folder).catch(() => undefined)
  return found?.isDirectory() ? { live, folder, target: join(folder, base) } : undefined
}

export function isFolderOf(liveName: string, name: string): boolean {
  return name.startsWith(`${liveName}-`) && /^[0-9a-f]{16}$/.test(name.slice(liveName.length + 1))
}

/** Of the link itself; undefined where there is none. */
export async function readLink(location: string): Promise<string | undefined> {
  return readlink(location).catch(() => undefined)
}

/** What stands for a link where files are compared by their hash. */
export function hashLink(target: string): string {
  return createHash('sha256').update(`link ${target}`).digest('hex')
}

/** What is reached through the same link belongs together; what is reached through none, under undefined. */
export function groupByLink<T>(
  files: readonly T[],
  linkOf: (file: T) => string | undefined,
): Map<string | undefined, T[]> {
  const sets = new Map<string | undefined, T[]>()
  for (const file of files) sets.set(linkOf(file), [...(sets.get(linkOf(file)) ?? []), file])
  return sets
}
