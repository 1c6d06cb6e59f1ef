// Status → a table. Pure.
import type { CertificateStatus, Status } from '../model/status.ts'
import { formatRotationTable } from './rotation-text.ts'
import { report } from './shown.ts'
import { alignColumns, count, paintWith, type ReportOptions } from './style.ts'

const headings = ['CERTIFICATE', 'HOST', 'STATE', 'EXPIRES', 'DUE', 'SERVED', 'WHY'] as const

export const formatStatus = report((status: Status, options: ReportOptions) => {
  const paint = paintWith(options)
  const [heading = '', ...rows] = alignColumns([
    headings,
    ...status.certificates.map((each) => describe(each, new Date(status.at))),
  ])
  const owed = status.services.flatMap(({ address, owed: reasons }) =>
    reasons.map(({ code, message }) => paint('yellow', `${address} ${code}: ${message}`)),
  )
  const problems = status.problems.map(({ host, message, hint }) =>
    paint('red', `${host}: ${message}; ${hint}`),
  )
  const unreachable = status.unreachable.map(({ host, detail }) =>
    paint('red', `${host}: unreachable: ${detail}`),
  )
  const sinks = status.undeliverable.map(({ host, sink, detail }) =>
    paint('yellow', `${host}: alarms cannot be delivered to ${sink}: ${detail}`),
  )
  const alarms = status.alarms.map(({ id, entity, severity, reason, wantedBy, isOwn }) => {
    const policies = [...new Set(wantedBy.map(({ policy }) => policy))].join(', ')
    const whose = isOwn ? '' : ` (of policy ${policies}, which is not in this playbook)`
    return paint(isOwn ? 'red' : 'yellow', `! ${id} ${entity} (${severity}): ${reason}${whose}`)
  })
  const conditions = status.conditions.map(({ id, entity, severity, reason, isSilent }) => {
    const why = isSilent
      ? 'Not raised: the policy wants no alarms'
      : 'Not raised yet: the next apply does, unless it mends it'
    return paint('red', `! ${id} ${entity} (${severity}): ${reason} ${why}`)
  })
  const colours = { ok: 'green', 'expires-soon': 'yellow' } as const
  const table = rows.map((row, index) => {
    const state = status.certificates[index]?.state
    return paint(colours[state as keyof typeof colours] ?? 'red', row)
  })
  const omitted =
    status.omitted > 0
      ? [paint('dim', `${count(status.omitted, 'certificate')} in order, and not due by then`)]
      : []
  const rotations = status.rotations.flatMap((each) => ['', ...formatRotationTable(each, paint), ''])
  return `${[paint('bold', heading), ...table, ...omitted, ...rotations, ...owed, ...problems, ...unreachable, ...sinks, ...alarms, ...conditions].join('\n')}\n`
})

function describe(
  { name, host, notAfter, dueAt, state, served, reasons }: CertificateStatus,
  at: Date,
): string[] {
  const expires = notAfter === null ? '-' : `${formatInstant(notAfter, at)} (${formatLeft(notAfter, at)})`
  const due = dueAt === null ? '-' : Date.parse(dueAt) <= at.getTime() ? 'now' : formatInstant(dueAt, at)
  const why = reasons.map(({ code, message }) => `${code}: ${message}`).join('; ')
  return [name, host, state, expires, due, served, why]
}

const dayMs = 86_400_000

/** The date; what is less than two days away has its time as well. */
function formatInstant(instant: string, at: Date): string {
  return Math.abs(Date.parse(instant) - at.getTime()) < 2 * dayMs
    ? `${instant.slice(0, 16)}Z`
    : instant.slice(0, 10)
}

/** Whole days, or hours where there are fewer than two; rounded down: never more time than there is. */
function formatLeft(instant: string, at: Date): string {
  const leftMs = Date.parse(instant) - at.getTime()
  return Math.abs(leftMs) < 2 * dayMs
    ? `${Math.floor(leftMs / 3_600_000)}h`
    : `${Math.floor(leftMs / dayMs)}d`
}
