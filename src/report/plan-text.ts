// Plan → text: what an operator reads before saying yes. Pure.
import { withoutHost } from '../model/address.ts'
import type { Change, PairState, Reason, Unchanged } from '../model/change.ts'
import type { Plan } from '../model/plan.ts'
import type { Source } from '../model/source.ts'
import { formatRotation } from './rotation-text.ts'
import { report } from './shown.ts'
import { count, type Paint, paintWith, type ReportOptions, shortFingerprint, shortSerial } from './style.ts'
import { summarisePlan } from './summary.ts'

const symbols: Readonly<Record<Change['action'], readonly [string, 'green' | 'yellow' | 'red' | 'cyan']>> = {
  create: ['  +', 'green'],
  renew: ['  ~', 'yellow'],
  replace: ['-/+', 'red'],
  update: ['  *', 'cyan'],
  restore: ['  ↩', 'yellow'],
  restart: ['  ↻', 'yellow'],
  reload: ['  ↻', 'yellow'],
  raise: ['  !', 'red'],
  clear: ['  ✓', 'green'],
  release: ['  ✓', 'green'],
}

export const formatPlan = report((plan: Plan, options: ReportOptions) => {
  const paint = paintWith(options)
  const title = `${paint('bold', plan.title)}   ${plan.at.replace(/\.\d{3}Z$/, 'Z')}`
  const hosts = plan.hosts.flatMap((host) => formatHost(host, plan, options))
  const unreachable = plan.unreachable.map(({ host, detail, why }) =>
    paint('red', `${host}: ${why === 'held' ? 'left alone' : 'unreachable'}: ${detail}`),
  )
  const sinks = plan.undeliverable.map(({ host, sink, detail }) =>
    paint('yellow', `${host}: alarms cannot be delivered to ${sink}: ${detail}`),
  )
  const interrupted = plan.interrupted.map(({ host, id }) =>
    paint(
      'yellow',
      `${host}: installation ${id} has begun and not ended: a run is at work there, or was cut off (then apply finishes or undoes it first)`,
    ),
  )
  const blocks = [
    [title],
    interrupted,
    ...plan.rotations.map((rotation) => formatRotation(rotation, paint)),
    ...hosts,
    unreachable,
    sinks,
    formatUnchanged(plan.unchanged, options),
    [summarisePlan(plan)],
  ]
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`
})

function formatHost(host: string, plan: Plan, options: ReportOptions): string[][] {
  const paint = paintWith(options)
  const changes = plan.changes.filter((change) => change.host === host)
  const refused = plan.refused.filter((change) => change.host === host)
  const problems = plan.problems.filter((problem) => problem.host === host)
  const services = plan.unchanged.filter((each) => each.host === host && each.kind === 'service')
  const verified = services.flatMap(({ name, verify }) => (verify === undefined ? [] : [{ name, verify }]))
  if (changes.length + problems.length + verified.length === 0) return []
  const aside = services.filter(({ notes, verify }) => notes.length > 0 && verify === undefined)
  const lines = [
    paint('bold', host),
    ...problems.flatMap(({ address, message, hint, source }) => [
      `  ${paint('red', '✗')} ${withoutHost(address)}   ${message}${formatSource(source, paint)}`,
      `      ${hint}`,
    ]),
    ...formatWaiting(host, plan),
    ...formatGroup(refused, 'refused, and not carried out:', paint),
    ...formatGroup(changes, refused.length > 0 ? 'carried out all the same:' : undefined, paint),
    ...verified.map(({ name, verify }) => `${paint('cyan', '  ? verify  ')} service ${name}   ${verify}`),
    ...aside.map(({ name, notes }) => `    service ${name}   ${notes.join('; ')}`),
  ]
  return [lines]
}

/** What a problem keeps from being done, in a line. */
function formatWaiting(host: string, { waiting }: Plan): string[] {
  const names = waiting.flatMap((each) =>
    each.host === host ? [`${each.action} ${each.kind} ${each.name}`] : [],
  )
  return names.length === 0 ? [] : [`      waits until that is mended: ${names.join(', ')}`]
}

function formatGroup(changes: readonly Change[], heading: string | undefined, paint: Paint): string[] {
  const shown = changes.flatMap((change) => formatChange(change, paint))
  return heading === undefined || shown.length === 0 ? shown : [`      ${heading}`, ...shown]
}

function formatChange(change: Change, paint: Paint): string[] {
  const { action, kind, name, reasons, paths, notes } = change
  const [symbol, colour] = symbols[action]
  const head = `${paint(colour, `${symbol} ${action.padEnd(8)}`)} ${`${kind} ${name}`.padEnd(34)} ${paths[0] ?? ''}`
  return [
    head.trimEnd(),
    ...reasons.map((reason) => formatReason(reason, paint)),
    ...formatStates(change),
    ...(paths.length > 1 ? [row('files', formatPaths(paths.slice(1)))] : []),
    ...notes.map((note) => row('note', note)),
  ]
}

function row(label: string, text: string): string {
  return `      ${label.padEnd(26)} ${text}`
}

function formatReason({ code, message, source }: Reason, paint: Paint): string {
  return `${row(code, message)}${formatSource(source, paint)}`
}

function formatSource(source: Source | undefined, paint: Paint): string {
  return source ? `   ${paint('dim', `${source.file}:${source.line}:${source.col}`)}` : ''
}

/** Old → new of what a certificate says; for an alarm, what is to be done about it. */
function formatStates({ before, after }: Change): string[] {
  if (after && 'repair' in after)
    return after.repair.split('\n').map((line, index) => row(index === 0 ? 'repair' : '', line))
  if ((before && 'repair' in before) || !after) return []
  const old = before && !('repair' in before) ? before : null
  return [
    ...arrow(
      'serial',
      old && shortSerial(old.serial),
      shortSerial(after.serial),
      old?.serial === after.serial,
    ),
    ...arrow(
      'fingerprint',
      old?.fingerprint ? shortFingerprint(old.fingerprint) : null,
      fingerprint(after),
      old?.fingerprint === after.fingerprint,
    ),
    ...arrow(
      'not after',
      old?.notAfter?.slice(0, 10) ?? null,
      after.notAfter?.slice(0, 10) ?? 'none',
      old?.notAfter === after.notAfter,
    ),
    ...arrow('key', formatKey(old), formatKey(after) ?? 'none', formatKey(old) === formatKey(after)),
  ]
}

function arrow(label: string, old: string | null, next: string, same: boolean): string[] {
  if (same || (old === null && next === 'new')) return []
  return [row(label, old === null ? next : `${old} → ${next}`)]
}

function fingerprint({ fingerprint: sha256 }: PairState): string {
  return sha256 === null ? 'new' : shortFingerprint(sha256)
}

function formatKey(state: PairState | null): string | null {
  if (!state?.key) return null
  const { type, size, spkiSha256 } = state.key
  const what = `${type === 'Ed25519' ? type : `${type} ${size}`}`
  return spkiSha256 === null ? `new ${what}` : `${what} ${shortFingerprint(spkiSha256)}`
}

/** Certificate and key that differ in their ending only are named together. */
function formatPaths(paths: readonly string[]): string {
  const stems = new Map<string, string[]>()
  for (const path of paths) {
    const [, stem = path, ending = ''] = /^(.*?)(\.[a-z]+)?$/.exec(path) ?? []
    stems.set(stem, [...(stems.get(stem) ?? []), ending])
  }
  return [...stems]
    .map(([stem, endings]) =>
      endings.length === 1
        ? `${stem}${endings[0]}`
        : `${stem}.{${endings.map((ending) => ending.slice(1)).join(',')}}`,
    )
    .join(', ')
}

function formatUnchanged(unchanged: readonly Unchanged[], { verbose, ...options }: ReportOptions): string[] {
  const paint = paintWith(options)
  const shown = unchanged.filter(({ kind }) => kind !== 'service' || verbose)
  const notes = unchanged.flatMap(({ host, kind, name, notes: each }) =>
    kind === 'service' && !verbose ? [] : each.map((note) => `  ${host} ${kind} ${name}: ${note}`),
  )
  if (verbose)
    return shown.flatMap(({ address, why }) => [paint('dim', `= ${address}   ${why}`)]).concat(notes)
  if (shown.length === 0) return notes
  const names = new Map<string, number>()
  for (const { kind, name } of shown) names.set(`${kind} ${name}`, (names.get(`${kind} ${name}`) ?? 0) + 1)
  const list = [...names]
    .map(([name, hosts]) => (hosts > 1 ? `${name} (${count(hosts, 'host')})` : name))
    .join(', ')
  return [paint('dim', `unchanged: ${list} (-v says why)`), ...notes]
}
