import type { StandingAlarm } from '../model/actual.ts'

/** The built-in alarm sink: the alarms that stand on a host, in a file on that host. */
export const alarmRecordPath = '/var/lib/certwright/alarms.json'

export type ParsedRecord =
  | { readonly kind: 'record'; readonly alarms: readonly StandingAlarm[] }
  | { readonly kind: 'unreadable'; readonly detail: string }

const textFields = ['id', 'entity', 'severity', 'reason', 'repair', 'raisedAt'] as const

/** JSON, `{"alarms": [...]}`. Anything else is not guessed at: an alarm could be forgotten. */
export function parseAlarmRecord(text: string): ParsedRecord {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { kind: 'unreadable', detail: `${alarmRecordPath} is not JSON` }
  }
  const alarms = isObject(value) ? value.alarms : undefined
  if (!Array.isArray(alarms) || !alarms.every(isStandingAlarm))
    return { kind: 'unreadable', detail: `${alarmRecordPath} is not a record of alarms` }
  return { kind: 'record', alarms }
}

export function formatAlarmRecord(alarms: readonly StandingAlarm[]): string {
  const sorted = alarms.toSorted((a, b) => compare(a.id, b.id) || compare(a.entity, b.entity))
  return `${JSON.stringify({ alarms: sorted }, null, 2)}\n`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isStandingAlarm(value: unknown): value is StandingAlarm {
  if (!isObject(value)) return false
  const { policies } = value
  const named = Array.isArray(policies) && policies.every((policy) => typeof policy === 'string')
  return named && textFields.every((field) => typeof value[field] === 'string')
}
