// Status → a table. Pure.
import type { CertificateStatus, Status } from '../model/status.ts'
import { report } from './shown.ts'
import { alignColumns, paintWith, type ReportOptions } from './style.ts'

const headings = ['CERTIFICATE', 'HOST', 'EXPIRES', 'STATE', 'SERVED', 'WHY'] as const

export const formatStatus = report((status: Status, options: ReportOptions) => {
  const paint = paintWith(options)
  const [heading = '', ...rows] = alignColumns([headings, ...status.certificates.map(describe)])
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
  const alarms = status.alarms.map(({ id, entity, severity, reason }) =>
    paint('red', `! ${id} ${entity} (${severity}): ${reason}`),
  )
  const colours = { ok: 'green', 'expires-soon': 'yellow' } as const
  const table = rows.map((row, index) => {
    const state = status.certificates[index]?.state
    return paint(colours[state as keyof typeof colours] ?? 'red', row)
  })
  return `${[paint('bold', heading), ...table, ...owed, ...problems, ...unreachable, ...sinks, ...alarms].join('\n')}\n`
})

function describe({ name, host, notAfter, daysLeft, state, served, reasons }: CertificateStatus): string[] {
  const expires = notAfter === null ? '-' : `${notAfter.slice(0, 10)} (${daysLeft}d)`
  const why = reasons.map(({ code, message }) => `${code}: ${message}`).join('; ')
  return [name, host, expires, state, served, why]
}
