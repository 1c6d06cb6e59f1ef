// Whether a log is what was written: every line follows from the one before, and the last is the one of the head.
import { emptyHead, type Head } from './chain.ts'
import { hashLine, noHash } from './line.ts'
import { parseLine } from './parse.ts'

export interface Verdict {
  readonly entries: number
  /** The first line that does not fit. Lines count from 1. */
  readonly fault?: Finding
  /** Worth knowing, and no sign of anybody's hand: lines that a crash cut off, what later runs noted. */
  readonly notes: readonly Finding[]
}

export interface Finding {
  readonly line: number
  readonly message: string
}

export function verifyLog(text: string, head: Head | undefined): Verdict {
  const lines = text.split('\n')
  const rest = lines.pop() ?? ''
  const chain = followChain(lines)
  const end = lines.length + (rest === '' ? 0 : 1)
  const torn = { line: end, message: 'was cut off while it was being written (a crash)' }
  const notes = rest === '' ? chain.notes : [...chain.notes, torn]
  const fault = chain.fault ?? findHeadFault(chain, head, Math.max(1, end))
  return { entries: chain.hashes.length, notes, ...(fault ? { fault } : {}) }
}

interface Chain {
  /** Of the lines that are entries, in order. */
  readonly hashes: readonly { readonly line: number; readonly sha256: string }[]
  readonly notes: readonly Finding[]
  readonly fault?: Finding
}

function followChain(lines: readonly string[]): Chain {
  const hashes: Chain['hashes'][number][] = []
  const notes: Finding[] = []
  let before = noHash
  for (const [index, text] of lines.entries()) {
    const line = index + 1
    const entry = parseLine(text)
    const sha256 = hashLine(text)
    if (!entry) {
      if (!isTorn(sha256, lines[line])) return { hashes, notes, fault: { line, message: 'is not an entry' } }
      notes.push({ line, message: 'was cut off while it was being written (a crash)' })
    } else {
      if (entry.prev !== before) return { hashes, notes, fault: { line, message: unlinked } }
      if (entry.seq !== hashes.length + 1)
        return {
          hashes,
          notes,
          fault: { line, message: `is entry ${entry.seq}, wanted ${hashes.length + 1}` },
        }
      if (entry.kind === 'note' && !entry.torn) notes.push({ line, message: entry.detail })
      hashes.push({ line, sha256 })
    }
    before = sha256
  }
  return { hashes, notes }
}

const unlinked = 'does not follow from the line before it: one of the two was changed, or a line is missing'

/** The run that found it there says so, with its hash. */
function isTorn(sha256: string, next: string | undefined): boolean {
  const entry = next === undefined ? undefined : parseLine(next)
  return entry?.kind === 'note' && entry.torn && entry.prev === sha256
}

/** A head that is behind is one that a crash kept from being replaced. */
function findHeadFault({ hashes }: Chain, head: Head | undefined, line: number): Finding | undefined {
  if (!head && hashes.length > 0)
    return { line, message: 'audit.head is missing: whether the end was cut off cannot be told' }
  const { count, sha256 } = head ?? emptyHead
  if (count > hashes.length)
    return { line, message: `is the end, after ${hashes.length} of ${count} entries: the others are gone` }
  const found = hashes[count - 1]
  if (count === 0 || found?.sha256 === sha256) return undefined
  return { line: found?.line ?? line, message: `is not what was written as entry ${count}` }
}
