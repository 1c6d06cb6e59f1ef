// One entry → one line of JSON; parse.ts is the way back. What a line says is covered by the next one's hash, so its bytes are never rewritten.
import { createHash } from 'node:crypto'
import type { AuditEntry } from '../model/audit.ts'
import { toSnakeCase } from '../model/snake-case.ts'
import { formatJson } from '../model/visible.ts'

/** Before the first line. */
export const noHash = '0'.repeat(64)

export function hashLine(line: string | Uint8Array): string {
  return createHash('sha256').update(line).digest('hex')
}

/** Without the newline. Long details are cut: a line is written in one piece. */
export function formatLine({ seq, prev, when, who, ...record }: AuditEntry): string {
  const bounded = 'detail' in record ? { ...record, detail: record.detail.slice(0, 500) } : record
  return formatJson(toSnakeCase({ seq, prev, when, who, ...bounded }))
}
