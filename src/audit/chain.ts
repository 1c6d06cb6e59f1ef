// How the log goes on: every line carries the hash of the one before, and the head says how far it had come.
// A chain that is found broken goes on from where the head says it should stand, so that the break stays to be seen.
import type { AuditRecord, AuditStamp } from '../model/audit.ts'
import { formatLine, hashLine, noHash } from './line.ts'
import { parseLine } from './parse.ts'

/** Kept beside the log and replaced after every append: a log whose end was cut off is shorter than its head says. */
export interface Head {
  readonly count: number
  /** Of the last line. */
  readonly sha256: string
}

export const emptyHead: Head = { count: 0, sha256: noHash }

export function formatHead(head: Head): string {
  return `${JSON.stringify(head)}\n`
}

export function parseHead(text: string): Head | undefined {
  const [, count, sha256] = /^\{"count":(\d{1,15}),"sha256":"([0-9a-f]{64})"\}\n?$/.exec(text) ?? []
  return count === undefined || sha256 === undefined ? undefined : { count: Number(count), sha256 }
}

/** The end of the log: its last whole line, and what follows it, which a crash left there. */
export interface Tail {
  readonly line?: string
  readonly torn: string
}

export function findTail(text: string): Tail {
  const end = text.lastIndexOf('\n')
  const torn = text.slice(end + 1)
  return end < 0 ? { torn } : { torn, line: text.slice(text.lastIndexOf('\n', end - 1) + 1, end) }
}

/** The bytes to append, and the head that belongs to them. */
export function continueChain(
  tail: Tail,
  head: Head | undefined,
  records: readonly AuditRecord[],
  stamp: AuditStamp,
): { readonly text: string; readonly head: Head } {
  const { count, sha256, notes } = findBase(tail, head)
  let seq = count
  let prev = sha256
  const lines = [...notes, ...records].map((record) => {
    seq += 1
    const line = formatLine({ seq, prev, ...stamp, ...record })
    prev = hashLine(line)
    return `${line}\n`
  })
  return { text: `${tail.torn === '' ? '' : '\n'}${lines.join('')}`, head: { count: seq, sha256: prev } }
}

type Note = Extract<AuditRecord, { kind: 'note' }>

function findBase({ line, torn }: Tail, head: Head | undefined): Head & { readonly notes: readonly Note[] } {
  const last: Head = { count: (line !== undefined && parseLine(line)?.seq) || 0, sha256: hashOf(line) }
  const written = head ?? last
  const lost = written.count > last.count || (written.count === last.count && written.sha256 !== last.sha256)
  const base = lost ? written : last
  const notes = [
    ...(head || line === undefined ? [] : [note('audit.head was missing')]),
    ...(lost ? [note(`the log did not end with entry ${written.count} any more, as it was written`)] : []),
  ]
  if (torn === '') return { ...base, notes }
  const cut = { ...note('the line before was cut off while it was being written'), torn: true }
  return { count: base.count, sha256: hashLine(torn), notes: [cut, ...notes] }
}

function hashOf(line: string | undefined): string {
  return line === undefined ? noHash : hashLine(line)
}

function note(detail: string): Note {
  return { kind: 'note', torn: false, detail }
}
