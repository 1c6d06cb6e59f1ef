// Reading that nobody can make wait, or lead elsewhere.
import { type BigIntStats, constants } from 'node:fs'
import { lstat, open, readlink } from 'node:fs/promises'
import type { Absent, Unreadable } from '../../model/actual.ts'
import { errorCode, explain } from './errors.ts'

export interface ReadFile {
  readonly kind: 'file'
  readonly bytes: Buffer
  readonly stat: BigIntStats
}

export interface ReadLink {
  readonly kind: 'link'
  readonly target: string
}

const maximumBytes = 1024 * 1024

/**
 * A small regular file, or what is there instead. Nothing is followed (O_NOFOLLOW), nothing is waited for (O_NONBLOCK: a
 * FIFO would hang), what was opened is what is judged (fstat), and no more is read than a small file has.
 */
export async function readRegularFile(path: string): Promise<ReadFile | ReadLink | Absent | Unreadable> {
  try {
    const first = await lstat(path)
    if (first.isSymbolicLink()) return { kind: 'link', target: await readlink(path) }
    const wrong = classify(first)
    if (wrong) return wrong
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const stat = await file.stat({ bigint: true })
      const other = classify(stat)
      if (other) return other
      const bytes = await readBounded(file)
      return bytes ? { kind: 'file', bytes, stat } : unreadable('too-large', 'grows while it is read')
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

/** Undefined for what has more than fits. */
async function readBounded(file: Awaited<ReturnType<typeof open>>): Promise<Buffer | undefined> {
  const buffer = Buffer.allocUnsafe(maximumBytes + 1)
  let length = 0
  while (length <= maximumBytes) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length)
    if (bytesRead === 0) return Buffer.from(buffer.subarray(0, length))
    length += bytesRead
  }
  return undefined
}

interface Kind {
  isDirectory(): boolean
  isFIFO(): boolean
  isSocket(): boolean
  isFile(): boolean
  readonly size: number | bigint
}

function classify(stat: Kind): Unreadable | undefined {
  if (stat.isDirectory()) return unreadable('directory', 'is a directory')
  if (stat.isFIFO()) return unreadable('fifo', 'is a FIFO')
  if (stat.isSocket()) return unreadable('socket', 'is a socket')
  if (!stat.isFile()) return unreadable('device', 'is a device')
  if (stat.size > maximumBytes) return unreadable('too-large', `is ${stat.size} bytes large`)
  return undefined
}

export function unreadable(problem: Unreadable['problem'], detail: string): Unreadable {
  return { kind: 'unreadable', problem, detail }
}
