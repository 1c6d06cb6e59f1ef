import { constants, type Stats } from 'node:fs'
import { lstat, open } from 'node:fs/promises'
import type { Absent, Unreadable } from '../../model/actual.ts'
import { errorCode, explain } from './errors.ts'
import { resolveLink } from './links.ts'
import { staysInside } from './paths.ts'

export interface ReadFile {
  readonly kind: 'file'
  readonly bytes: Buffer
  readonly stat: Stats
  /** The link that is switched, where the file is reached through one. */
  readonly through?: string
}

const maximumBytes = 1024 * 1024

/**
 * A small regular file, or what is there instead. Nothing is followed but our own links (O_NOFOLLOW), nothing is waited for
 * (O_NONBLOCK: a FIFO would hang), and what was looked at is what is read (fstat again).
 */
export async function readRegularFile(
  root: string | undefined,
  location: string,
): Promise<ReadFile | Absent | Unreadable> {
  try {
    if (!(await staysInside(root, location)))
      return unreadable('outside-root', 'is reached through a link out of certwright_root')
    const linked = await resolveLink(location)
    const target = linked?.target ?? location
    const wrong = classify(await lstat(target))
    if (wrong) return wrong
    const file = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const stat = await file.stat()
      const through = linked ? { through: linked.live } : {}
      return classify(stat) ?? { kind: 'file', bytes: await file.readFile(), stat, ...through }
    } finally {
      await file.close()
    }
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT') return { kind: 'absent' }
    if (code === 'EACCES' || code === 'EPERM') return unreadable('permission-denied', 'may not be read')
    if (code === 'ELOOP') return unreadable('symlink', 'is a symbolic link')
    return unreadable('io-error', `cannot be read: ${explain(error)}`)
  }
}

function classify(stat: Stats): Unreadable | undefined {
  if (stat.isSymbolicLink()) return unreadable('symlink', 'is a symbolic link')
  if (stat.isDirectory()) return unreadable('directory', 'is a directory')
  if (stat.isFIFO()) return unreadable('fifo', 'is a FIFO')
  if (stat.isSocket()) return unreadable('socket', 'is a socket')
  if (!stat.isFile()) return unreadable('device', 'is a device')
  if (stat.size > maximumBytes) return unreadable('too-large', `is ${stat.size} bytes large`)
  return undefined
}

function unreadable(problem: Unreadable['problem'], detail: string): Unreadable {
  return { kind: 'unreadable', problem, detail }
}
