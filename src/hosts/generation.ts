// A generation: what a transaction replaced on a host, and where it belongs. While the transaction is under way this is
// its journal. One line a file, so that a shell and this program read what the other wrote. Pure.

/** What happens, or happened, at one place. Paths are those of the machine, with the host's root. */
export interface GenerationEntry {
  /**
   * `adorn`: owner, group or mode only. `switch`: a link that many files are reached through; `through`: one of those,
   * whose link does not change.
   */
  readonly action: 'replace' | 'adorn' | 'remove' | 'switch' | 'through'
  readonly location: string
  /** What was there is kept under the entry's number; null: nothing was. */
  readonly before: { readonly mode: number; readonly uid: number; readonly gid: number } | null
  /** Of the new content, lower-case hex; a link counts as the text `link TARGET`. */
  readonly sha256?: string
  /** Where the new content waits; with `through`, the link that it is reached through. */
  readonly staged?: string
}

/** Its name until every file is in place, and afterwards. */
export const journalName = 'journal'
export const manifestName = 'manifest'

/** How many old generations a host keeps. */
export const keptGenerations = 5

const header = 'certwright-generation 1'

/** Fields are never empty: `-` stands for nothing. */
export function formatGeneration(entries: readonly GenerationEntry[]): string {
  const lines = entries.map(({ action, location, before, sha256, staged }) =>
    [
      action,
      ...(before ? [before.mode.toString(8), before.uid, before.gid] : ['-', '-', '-']),
      sha256 ?? '-',
      encode(location),
      staged === undefined ? '-' : encode(staged),
    ].join(' '),
  )
  return `${[header, ...lines].join('\n')}\n`
}

/** Undefined for anything that is not a whole generation. */
export function parseGeneration(text: string): GenerationEntry[] | undefined {
  const [first, ...lines] = text.split('\n')
  if (first !== header || lines.pop() !== '') return undefined
  const entries = lines.map(parseEntry)
  return entries.every((entry) => entry !== undefined) ? entries : undefined
}

const entryPattern =
  /^(replace|adorn|remove|switch|through) (?:(?<mode>[0-7]+) (?<uid>\d+) (?<gid>\d+)|- - -) ([0-9a-f]{64}|-) ([A-Za-z0-9+/=]+) ([A-Za-z0-9+/=]+|-)$/

function parseEntry(line: string): GenerationEntry | undefined {
  const found = entryPattern.exec(line)
  if (!found) return undefined
  const [, action, , , , sha256 = '-', location = '', staged = '-'] = found
  const { mode, uid, gid } = found.groups ?? {}
  return {
    action: action as GenerationEntry['action'],
    location: decode(location),
    before:
      mode === undefined ? null : { mode: Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid) },
    ...(sha256 === '-' ? {} : { sha256 }),
    ...(staged === '-' ? {} : { staged: decode(staged) }),
  }
}

function encode(path: string): string {
  return Buffer.from(path).toString('base64')
}

function decode(field: string): string {
  return Buffer.from(field, 'base64').toString('utf8')
}
