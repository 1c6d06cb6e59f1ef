import type { AuditEntry, AuditEvent, AuditRun } from '../model/audit.ts'
import { actions } from '../model/change.ts'
import type { Issuance } from '../model/control.ts'
import { parseLine } from './parse.ts'

/** Every entry of a log, and how many of its lines are none. */
export function parseLog(text: string): { readonly entries: readonly AuditEntry[]; readonly others: number } {
  const lines = text.split('\n').filter((line) => line !== '')
  const entries = lines.flatMap((line) => parseLine(line) ?? [])
  return { entries, others: lines.length - entries.length }
}

/** The runs in the order in which they began. */
export function listRuns(entries: readonly AuditEntry[]): AuditRun[] {
  const runs = new Map<string, AuditEntry[]>()
  for (const entry of entries) {
    if (entry.kind === 'note') continue
    runs.set(entry.run, [...(runs.get(entry.run) ?? []), entry])
  }
  return [...runs].flatMap(([run, own]) => {
    const events = own.filter((entry) => entry.kind === 'change')
    const [first] = events
    if (!first) return []
    const end = own.find((entry) => entry.kind === 'end')
    return [
      {
        run,
        when: first.when,
        at: first.at,
        who: first.who,
        hosts: [...new Set(events.map(({ host }) => host))],
        changes: countChanges(events),
        exit: end?.exit ?? null,
      },
    ]
  })
}

/** What was said of a change last is what became of it. */
function countChanges(events: readonly AuditEvent[]): AuditRun['changes'] {
  const last = new Map<string, AuditEvent>()
  for (const event of events)
    if (event.action !== 'issue') last.set(`${event.address} ${event.action}`, event)
  const counts = new Map<string, AuditRun['changes'][number]>()
  for (const { action, outcome } of last.values()) {
    const key = `${action} ${outcome}`
    counts.set(key, { action, outcome, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  const rank = (action: AuditEvent['action']) => ['recover', ...actions, 'verify', 'issue'].indexOf(action)
  return [...counts.values()].toSorted((a, b) => rank(a.action) - rank(b.action))
}

/** Which certificates were signed, and when. */
export function findIssuances(text: string): Issuance[] {
  return text
    .split('\n')
    .filter((line) => line.includes('"action":"issue"'))
    .flatMap((line) => {
      const entry = parseLine(line)
      return entry?.kind === 'change' ? [{ address: entry.address, at: entry.at }] : []
    })
}
