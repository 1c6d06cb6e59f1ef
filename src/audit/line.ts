// One entry ⇄ one line of JSON. What a line says is covered by the next one's hash, so its bytes are never rewritten.
import { createHash } from 'node:crypto'
import type { AuditEntry } from '../model/audit.ts'
import { toCamelCase, toSnakeCase } from '../model/snake-case.ts'

/** Before the first line. */
export const noHash = '0'.repeat(64)

export function hashLine(line: string | Uint8Array): string {
  return createHash('sha256').update(line).digest('hex')
}

/** Without the newline. Long details are cut: a line is written in one piece. */
export function formatLine({ seq, prev, when, who, ...record }: AuditEntry): string {
  const bounded = 'detail' in record ? { ...record, detail: record.detail.slice(0, 500) } : record
  return JSON.stringify(toSnakeCase({ seq, prev, when, who, ...bounded }))
}

/** Undefined for anything that is not an entry. */
export function parseLine(line: string): AuditEntry | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const entry = toCamelCase(value) as Partial<AuditEntry>
  const known = entry.kind === 'change' || entry.kind === 'end' || entry.kind === 'note'
  const stamped = typeof entry.when === 'string' && typeof entry.who === 'object' && entry.who !== null
  if (!known || !stamped || typeof entry.prev !== 'string' || !Number.isSafeInteger(entry.seq))
    return undefined
  return entry as AuditEntry
}
