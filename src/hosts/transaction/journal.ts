// A generation: what a transaction replaced on a machine, and where it belongs. While the transaction is under way this
// is its journal. A line a file, and one at the end that counts and sums them up: half a journal is none. Pure.
import { createHash } from 'node:crypto'
import { decode, encode, formatState, type State } from './place.ts'
import type { Before } from './step.ts'

/** What happens, or happened, at one place. Paths are those of the machine, with the host's root. */
export interface GenerationEntry {
  /** `through`: the file is reached through a link that is switched, and that stays as it is. */
  readonly action: 'replace' | 'remove' | 'through'
  readonly location: string
  /** A file that was there is kept under the entry's number. */
  readonly before: Before
  readonly after: State
  /** Where the new content waits; with `through`, the link that it is reached through. */
  readonly staged?: string
}

/** Its name until every file is in place, and afterwards. */
export const journalName = 'journal'
export const manifestName = 'manifest'

const header = 'certwright-generation 2'

/** Fields are never empty: `-` stands for nothing. */
export function formatGeneration(entries: readonly GenerationEntry[]): string {
  const lines = entries.map(({ action, location, before, after, staged }) =>
    [
      action,
      encode(location),
      formatBefore(before),
      formatState(after),
      staged === undefined ? '-' : encode(staged),
    ].join(' '),
  )
  const body = `${[header, ...lines].join('\n')}\n`
  return `${body}${trailer(lines.length, body)}\n`
}

function trailer(count: number, body: string): string {
  return `end ${count} ${createHash('sha256').update(body).digest('hex')}`
}

function formatBefore(before: Before): string {
  const kept = before.kind === 'file' ? before : before.kind === 'link' ? before.led : undefined
  if (!kept) return formatState(before)
  const { sha256, mode, uid, gid, modified } = kept
  const file = [`file,${sha256}`, mode.toString(8), uid, gid, modified].join(',')
  return before.kind === 'link' ? `${formatState(before)},${file}` : file
}

/** Undefined for anything that is not a whole generation. */
export function parseGeneration(text: string): GenerationEntry[] | undefined {
  const end = text.lastIndexOf('\nend ') + 1
  const body = text.slice(0, end)
  const [first, ...lines] = body.split('\n')
  if (first !== header || lines.pop() !== '') return undefined
  if (text.slice(end) !== `${trailer(lines.length, body)}\n`) return undefined
  const entries = lines.map(parseEntry)
  return entries.every((entry) => entry !== undefined) ? entries : undefined
}

const entryPattern = /^(replace|remove|through) ([A-Za-z0-9+/]+=*) (\S+) (\S+) ([A-Za-z0-9+/]+=*|-)$/

function parseEntry(line: string): GenerationEntry | undefined {
  const [, action, location, was, is, staged] = entryPattern.exec(line) ?? []
  const before = parseBefore(was ?? '')
  const after = parseState(is ?? '')
  if (!action || !location || !before || !after) return undefined
  return {
    action: action as GenerationEntry['action'],
    location: decode(location),
    before,
    after,
    ...(staged === undefined || staged === '-' ? {} : { staged: decode(staged) }),
  }
}

function parseState(field: string): State | undefined {
  if (field === '-') return { kind: 'absent' }
  const sha256 = /^file,([0-9a-f]{64})$/.exec(field)?.[1]
  if (sha256 !== undefined) return { kind: 'file', sha256 }
  const target = /^link,([A-Za-z0-9+/]+=*)$/.exec(field)?.[1]
  return target === undefined ? undefined : { kind: 'link', target: decode(target) }
}

const keptPattern =
  /^(link,[A-Za-z0-9+/]+=*,)?file,([0-9a-f]{64}),([0-7]{1,4}),(\d{1,10}),(\d{1,10}),(-?\d{1,15}(?:\.\d{1,9})?)$/

function parseBefore(field: string): Before | undefined {
  const [, link, sha256, mode, uid, gid, modified] = keptPattern.exec(field) ?? []
  if (!sha256 || !mode || !uid || !gid || !modified) {
    const state = parseState(field)
    return state?.kind === 'file' ? undefined : state
  }
  const kept = { sha256, mode: Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid), modified }
  const state = link === undefined ? undefined : parseState(link.slice(0, -1))
  return state?.kind === 'link' ? { ...state, led: kept } : { kind: 'file', ...kept }
}
