import type { AuditEntry, AuditEvent, AuditRun } from '../model/audit.ts'
import { actions, timeReasons } from '../model/change.ts'
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
  const rank = (action: AuditEvent['action']) =>
    ['recover', ...actions, 'verify', 'issue', 'destroy'].indexOf(action)
  return [...counts.values()].toSorted((a, b) => rank(a.action) - rank(b.action))
}

/**
 * Which certificates were signed, when, and whether they were due. `machines`: what the hosts are now, by name; what was
 * issued on another machine, or another root, that went by the same name is passed over.
 */
export function findIssuances(text: string, machines: Readonly<Record<string, string>> = {}): Issuance[] {
  const issues = text
    .split('\n')
    .filter((line) => line.includes('"action":"issue"'))
    .flatMap((line) => {
      const entry = parseLine(line)
      return entry?.kind === 'change' && isHost(entry, machines[entry.host]) ? [entry] : []
    })
  const replaced = new Set<string>()
  return issues.map(({ address, at, old, due, reasons }) => {
    const before = old?.fingerprint ?? null
    // Whoever brings back what was replaced is what ails it, however due that is.
    const isBack = before !== null && replaced.has(before)
    if (before !== null) replaced.add(before)
    return { address, at, replaced: before, due: !isBack && (due ?? wasDue(reasons)) }
  })
}

/** An entry or a host that does not say what it is goes by its name. */
function isHost({ machine }: AuditEvent, now: string | undefined): boolean {
  return machine === undefined || now === undefined || machine === now
}

/** What logs of old say of it. */
function wasDue(reasons: AuditEvent['reasons']): boolean {
  return reasons.length > 0 && reasons.every((code) => timeReasons.has(code))
}
