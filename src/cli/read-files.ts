import { constants } from 'node:fs'
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileReader } from '../load/files.ts'
import { execute, isExecutable } from './execute.ts'

const usualMaximumBytes = 1024 * 1024
/** Of an inventory that a program prints. */
const maximumInventoryBytes = 64 * 1024 * 1024
/** A file for each of ten thousand hosts, several times over. */
const maximumEntries = 100_000
const chunkBytes = 64 * 1024

const explanations: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read',
  EISDIR: 'is a folder',
  ENOTDIR: 'lies below something that is not a folder',
  ELOOP: 'is a circle of links',
  ENXIO: 'is a socket',
}

/** Files of the control node: regular ones of at most 1 MiB. A FIFO is not waited for. */
export const diskFiles: FileReader = {
  read: async (path, maximumBytes = usualMaximumBytes) => {
    try {
      const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
      try {
        const stat = await file.stat()
        if (!stat.isFile())
          return { kind: 'error', detail: stat.isDirectory() ? 'is a folder' : 'is not a regular file' }
        if (stat.size > maximumBytes)
          return { kind: 'error', detail: `has ${stat.size} bytes, at most ${maximumBytes} are read` }
        const bytes = await readAtMost(file, maximumBytes)
        return bytes
          ? { kind: 'bytes', bytes }
          : { kind: 'error', detail: `has more than ${maximumBytes} bytes, at most that many are read` }
      } finally {
        await file.close()
      }
    } catch (error) {
      return { kind: 'error', detail: explainRefusal(error) }
    }
  },
  readStandardInput: async () => {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of process.stdin) {
      chunks.push(Buffer.from(chunk))
      size += chunks.at(-1)?.length ?? 0
      if (size > maximumInventoryBytes)
        return { kind: 'error', detail: `has more than ${maximumInventoryBytes} bytes` }
    }
    return { kind: 'bytes', bytes: Buffer.concat(chunks) }
  },
  isProgram: async (path) => {
    if (!(await isExecutable(path))) return false
    // What may be run and not be read is left to reading, which tells so.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined)
    if (!file) return false
    try {
      const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0)
      // A mere executable bit makes no program of a text: some file systems set it on everything.
      return buffer.toString('latin1').startsWith('#!') || buffer.toString('latin1') === '\x7fELF'
    } finally {
      await file.close()
    }
  },
  runProgram: async (argv) => {
    const result = await execute(argv, { timeoutMs: 30_000, maximumBytes: maximumInventoryBytes })
    if (result.kind === 'output') return { kind: 'bytes', bytes: Buffer.from(result.stdout) }
    const [said = ''] = result.stderr.trim().split('\n').slice(-1)
    return { kind: 'error', detail: said === '' ? result.detail : `${result.detail}: ${said.slice(0, 200)}` }
  },
  list: async (path) => {
    try {
      const names = await readdir(path)
      if (names.length > maximumEntries) return { detail: `has ${names.length} entries` }
      const entries = names.map(async (name) => {
        const found = await stat(join(path, name)).catch(() => undefined)
        return { name, isFolder: found?.isDirectory() === true }
      })
      return (await Promise.all(entries)).sort((a, b) => (a.name < b.name ? -1 : 1))
    } catch (error) {
      // Whatever else it is than a folder is told by reading it.
      const isNone = error instanceof Error && 'code' in error && noFolder.has(String(error.code))
      return isNone ? undefined : { detail: explainRefusal(error) }
    }
  },
}

const noFolder = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'])

/** The system's word for it; anything else is a bug. */
function explainRefusal(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === '') throw error
  return explanations[code] ?? `cannot be read (${code})`
}

/** What a file says of its size is not always so: below /proc they are all empty. Undefined where there is more. */
async function readAtMost(file: FileHandle, maximumBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  for (let size = 0; size <= maximumBytes; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, null)
    if (bytesRead === 0) return Buffer.concat(chunks)
    chunks.push(buffer.subarray(0, bytesRead))
    size += bytesRead
  }
  return undefined
}
