import { constants } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileReader } from '../load/files.ts'
import { execute, isExecutable } from './execute.ts'

const usualMaximumBytes = 1024 * 1024
/** Of an inventory that a program prints. */
const maximumInventoryBytes = 64 * 1024 * 1024

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
        return { kind: 'bytes', bytes: await file.readFile() }
      } finally {
        await file.close()
      }
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (code === '') throw error
      return { kind: 'error', detail: explanations[code] ?? `cannot be read (${code})` }
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
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
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
    const names = await readdir(path).catch(() => undefined)
    const entries = names?.map(async (name) => {
      const found = await stat(join(path, name)).catch(() => undefined)
      return { name, isFolder: found?.isDirectory() === true }
    })
    return entries && (await Promise.all(entries)).sort((a, b) => (a.name < b.name ? -1 : 1))
  },
}
