// The audit log's files: audit.jsonl, appended to and never rewritten; audit.head, replaced after every append;
// audit.lock, under which both happen, for runs that share a machine.
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pLimit from 'p-limit'
import { continueChain, emptyHead, findTail, type Head } from '../audit/chain.ts'
import { explain } from '../hosts/local/errors.ts'
import { makePrivateFolder } from '../hosts/local/files.ts'
import { takeFileLock } from '../hosts/local/flock.ts'
import type { AuditRecord, AuditStamp } from '../model/audit.ts'
import { HostError } from '../model/host.ts'
import { readHead, readText, replaceHead } from './audit-head.ts'
import { userName } from './user-name.ts'

export interface AuditLog {
  readonly path: string
  /** Resolves when the records are on disk; rejects with a HostError. */
  append(records: readonly AuditRecord[]): Promise<void>
  /** Empty where there is no log. */
  read(): Promise<ReadLog>
}

type ReadLog =
  | { readonly text: string; readonly head?: Head }
  | { readonly text?: undefined; readonly head?: undefined; readonly detail: string }

/** More than any line has. */
const tailBytes = 256 * 1024
const patienceMs = 10_000

export function openAuditLog(folder: string): AuditLog {
  const path = join(folder, 'audit.jsonl')
  const oneAtATime = pLimit(1)
  let waiting: AuditRecord[] = []
  let next: Promise<void> | undefined
  return {
    path,
    // Tasks end together: what comes while one append is under way is the next, in one piece.
    append: (records) => {
      waiting.push(...records)
      next ??= oneAtATime(() => {
        const due = waiting
        waiting = []
        next = undefined
        return append(folder, path, due)
      })
      return next
    },
    read: () => read(path),
  }
}

async function append(folder: string, path: string, records: readonly AuditRecord[]): Promise<void> {
  try {
    // Node's own mkdir never ends below a folder that takes none and says that it is not there (/proc).
    await makePrivateFolder(folder)
    await underLock(join(folder, 'audit.lock'), () => extend(path, records))
  } catch (error) {
    if (error instanceof HostError) throw error
    throw new HostError(`the audit log ${path} cannot be written: ${explain(error)}`)
  }
}

async function underLock(location: string, work: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const lock = await takeFileLock(location)
    if (lock.kind === 'held') return work().finally(lock.release)
    if (lock.kind === 'failed')
      throw new HostError(`the audit log's lock ${location} cannot be taken: ${lock.detail}`)
    if (Date.now() > deadline)
      throw new HostError(`the audit log's lock ${location} was held by others for ${patienceMs / 1000} s`)
    await wait(20)
  }
}

async function extend(path: string, records: readonly AuditRecord[]): Promise<void> {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants
  const file = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
  try {
    const head = await readHead(path)
    const tail = findTail(await readEnd(file, path))
    // A log whose first append is cut short has a head too: no head at all means that somebody took it away.
    if (!head && tail.line === undefined) await replaceHead(path, emptyHead)
    const next = continueChain(tail, head, records, stamp())
    await file.appendFile(next.text)
    await file.sync()
    await replaceHead(path, next.head)
  } finally {
    await file.close()
  }
}

async function readEnd(file: FileHandle, path: string): Promise<string> {
  const stat = await file.stat()
  if (!stat.isFile()) throw new HostError(`the audit log ${path} is not a regular file`)
  const length = Math.min(stat.size, tailBytes)
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, stat.size - length)
  return buffer.toString('utf8')
}

async function read(path: string): Promise<ReadLog> {
  try {
    // The head first: entries that are appended in between are more than it says, which is no fault.
    const head = await readHead(path)
    const text = (await readText(path)) ?? ''
    return head ? { text, head } : { text }
  } catch (error) {
    return { detail: error instanceof HostError ? error.message : explain(error) }
  }
}

function stamp(): AuditStamp {
  const sudoUser = process.env.SUDO_USER ?? null
  return {
    when: new Date().toISOString(),
    who: { user: userName(), sudoUser, hostname: hostname(), pid: process.pid },
  }
}
