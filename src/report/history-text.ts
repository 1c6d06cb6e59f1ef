// Runs of the audit log → a table. Pure.
import type { AuditRun } from '../model/audit.ts'
import { report } from './shown.ts'
import { alignColumns, paintWith, type ReportOptions } from './style.ts'

const headings = ['WHEN', 'BY', 'HOSTS', 'CHANGES', 'EXIT'] as const

export const formatHistory = report((runs: readonly AuditRun[], options: ReportOptions) => {
  const paint = paintWith(options)
  const [heading = '', ...rows] = alignColumns([headings, ...runs.map(describe)])
  const lines = rows.map((row, index) => (runs[index]?.exit === 0 ? row : paint('red', row)))
  return `${[paint('bold', heading), ...lines].join('\n')}\n`
})

function describe({ when, at, who, hosts, changes, exit }: AuditRun): string[] {
  const shown = changes.map(({ action, outcome, count }) => `${count} ${action} ${outcome}`)
  const simulated =
    Math.abs(Date.parse(at) - Date.parse(when)) > 3_600_000 ? ` as of ${at.slice(0, 16)}Z` : ''
  const user = who.sudoUser === null ? who.user : `${who.sudoUser} (${who.user})`
  const cells = [
    `${when.slice(0, 19)}Z${simulated}`,
    `${user}@${who.hostname}`,
    hosts.length > 3 ? `${hosts.slice(0, 3).join(', ')}, … (${hosts.length})` : hosts.join(', '),
    shown.join(', '),
    exit === null ? 'cut off' : String(exit),
  ]
  return cells
}
