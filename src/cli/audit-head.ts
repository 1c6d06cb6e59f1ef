// audit.head, beside the log: how far it had come. Never half written: a new one is renamed over the old.
import { constants } from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { formatHead, type Head, parseHead } from '../audit/chain.ts'
import { HostError } from '../model/host.ts'

function headPath(path: string): string {
  return join(dirname(path), 'audit.head')
}

/** Of the log at this path. Undefined where there is none, or nothing that could be one. */
export async function readHead(path: string): Promise<Head | undefined> {
  const text = await readText(headPath(path))
  return text === undefined ? undefined : parseHead(text)
}

export async function replaceHead(path: string, head: Head): Promise<void> {
  const staged = `${headPath(path)}.new`
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants
  await writeSynced(await open(staged, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600), formatHead(head))
  await rename(staged, headPath(path))
  await writeSynced(await open(dirname(path), constants.O_RDONLY))
}

async function writeSynced(file: FileHandle, text?: string): Promise<void> {
  try {
    if (text !== undefined) await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Half a million entries and more; twice as much is more than one text can hold. */
const maximumBytes = 256 * 1024 * 1024

/** Undefined where there is no such file. */
export async function readText(path: string): Promise<string | undefined> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  try {
    const stat = await file?.stat()
    if (stat && !stat.isFile()) throw new HostError('it is not a regular file')
    if (stat && stat.size > maximumBytes)
      throw new HostError(`it has ${stat.size} bytes, and at most ${maximumBytes} are read`)
    return await file?.readFile('utf8')
  } finally {
    await file?.close()
  }
}
