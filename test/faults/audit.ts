// What strace saw of a whole run, as a sequence; and the order that a transaction has to keep.
import { dirname, resolve } from 'node:path'

/** One thing that happened to a file; `to`: where a rename led. */
interface Step {
  readonly kind: 'make' | 'sync' | 'rename' | 'chmod' | 'write'
  readonly path: string
  readonly to?: string
  readonly line: string
}

/** Calls that the audit looks at. */
export const auditedCalls = [
  'openat',
  'write',
  'fsync',
  'fdatasync',
  'rename',
  'renameat',
  'renameat2',
  'chmod',
  'fchmod',
  'fchmodat',
]

/** With `-y`, as strace prints them; with `-f`, a call may be split into two lines. */
export function readSteps(trace: string, root: string): Step[] {
  const begun = new Map<string, string>()
  return trace.split('\n').flatMap((line): Step[] => {
    const [, id = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    if (text.includes('<unfinished')) {
      begun.set(id, text.replace(/ *<unfinished.*/, ''))
      return []
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)
    const step = readStep(resumed ? `${begun.get(id) ?? ''}${resumed[1]}` : text)
    return step?.path.startsWith(root) ? [step] : []
  })
}

function readStep(line: string): Step | undefined {
  const [, name = '', rest = ''] = /^(\w+)\((.*)$/.exec(line) ?? []
  if (/\) += -1 /.test(rest)) return undefined
  const quoted = [...rest.matchAll(/(?:<([^>]*)>, )?"([^"]*)"/g)].map(([, at = '/', path = '']) =>
    resolve(at, path),
  )
  const [, opened = ''] = /^\d+<([^>]*)>/.exec(rest) ?? []
  const [path = opened, to = ''] = quoted
  if (name === 'openat') return rest.includes('O_CREAT') ? { kind: 'make', path, line } : undefined
  if (name.startsWith('rename')) return { kind: 'rename', path, to, line }
  if (name.includes('chmod')) return { kind: 'chmod', path: opened || path, line }
  if (name === 'write') return { kind: 'write', path: opened, line }
  return { kind: 'sync', path: opened, line }
}

/** Everything that is out of order: none is good. */
export function auditOrder(steps: readonly Step[]): string[] {
  const renames = steps.flatMap((step, at) =>
    step.kind === 'rename' ? [{ ...step, to: step.to ?? '', at }] : [],
  )
  const isPlace = (path: string) => /\/(pki|copy)\/[^/.][^/]*$/.test(path)
  const placing = renames.filter(({ to }) => isPlace(to))
  const first = placing[0]?.at ?? 0
  const last = placing.at(-1)?.at ?? 0
  const journal = renames.find(({ to }) => to.endsWith('/journal'))
  const manifest = renames.find(({ to }) => to.endsWith('/manifest'))
  const synced = (path: string, from: number, to: number) =>
    steps.slice(from, to).some((step) => step.kind === 'sync' && trim(step.path) === path)
  const complaints = [
    ...(placing.length < 4 ? [`only ${placing.length} renames`] : []),
    ...placing.flatMap((rename) => auditPlacing(steps, rename, manifest?.at ?? steps.length)),
    ...(journal && journal.at < first ? [] : ['no journal before the first rename']),
    ...(journal && !synced(dirname(journal.to), journal.at, first)
      ? ['the name of the journal is not durable']
      : []),
    ...(journal && !synced(journal.path, 0, journal.at) ? ['the journal is not durable'] : []),
    ...(manifest && manifest.at > last ? [] : ['the journal is not kept until everything is in place']),
    ...auditKept(steps, journal?.at ?? 0),
    ...auditMaking(steps),
  ]
  return complaints
}

function auditPlacing(
  steps: readonly Step[],
  { path, to, at }: { readonly path: string; readonly to: string; readonly at: number },
  until: number,
): string[] {
  const names = namesOf(steps, path, at)
  const written = steps.findLastIndex(
    ({ kind, path: each }, index) => index < at && kind !== 'sync' && kind !== 'rename' && names.has(each),
  )
  const synced = steps.slice(written, at).some((step) => step.kind === 'sync' && names.has(step.path))
  const folder = steps
    .slice(at, until)
    .some((step) => step.kind === 'sync' && trim(step.path) === dirname(to))
  const touched = steps.slice(at).some((step) => step.kind === 'chmod' && step.path === to)
  return [
    ...(synced ? [] : [`${to} is not synced before its rename`]),
    ...(folder ? [] : [`${dirname(to)} is not synced after its rename, before the journal ends`]),
    ...(touched ? [`${to} gets its mode after its rename`] : []),
  ]
}

/** A staged file may have waited under another name before. */
function namesOf(steps: readonly Step[], path: string, before: number): Set<string> {
  const earlier = steps.slice(0, before).findLast((step) => step.kind === 'rename' && step.to === path)
  return new Set(earlier ? [path, earlier.path] : [path])
}

/** Copies of what is replaced are on the disk before the journal names them. */
function auditKept(steps: readonly Step[], journal: number): string[] {
  const kept = steps
    .slice(0, journal)
    .filter(({ kind, path }) => kind === 'make' && /\/generations\/[^/]+\/\d+$/.test(path))
  const lost = kept.filter(
    ({ path }) => !steps.slice(0, journal).some((step) => step.kind === 'sync' && step.path === path),
  )
  return [
    ...(kept.length < 4 ? ['old files are not kept'] : []),
    ...lost.map(({ path }) => `${path} is not synced before the journal`),
  ]
}

/** Keys: exclusively, and for their owner alone (a shell asks for 0666 and leaves it to the umask). */
function auditMaking(steps: readonly Step[]): string[] {
  const made = steps.filter(
    ({ kind, path }) => kind === 'make' && /\/\.certwright-[0-9a-f]{16}\/\d+\/[^/]*\.key$/.test(path),
  )
  const bad = made.filter(({ line }) => !/O_EXCL/.test(line) || !/, 0[0-7]*(600|666)\)/.test(line))
  return [
    ...(made.length < 2 ? ['no staged keys were seen'] : []),
    ...bad.map(({ path }) => `${path} is not made exclusively and 0600`),
  ]
}

function trim(path: string): string {
  return path.replace(/\/$/, '')
}
