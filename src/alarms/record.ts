import { isAbsolute } from 'node:path'
import type { AlarmWant, StandingAlarm } from '../model/actual.ts'
import type { DesiredSink } from '../model/desired.ts'
import { formatJson } from '../model/visible.ts'

/** The built-in alarm sink: the alarms that stand on a host, in a file on that host. */
export const alarmRecordPath = '/var/lib/certwright/alarms.json'

export type ParsedRecord =
  | { readonly kind: 'record'; readonly alarms: readonly StandingAlarm[] }
  | { readonly kind: 'unreadable'; readonly detail: string }

/** More than thousands of alarms take; as much as a host's files are read. */
const maximumLength = 1024 * 1024

/** JSON, `{"alarms": [...]}`. Anything else is not guessed at: an alarm could be forgotten. */
export function parseAlarmRecord(text: string): ParsedRecord {
  const unreadable = (fault: string) =>
    ({ kind: 'unreadable', detail: `${alarmRecordPath} ${fault}` }) as const
  if (text.length > maximumLength) return unreadable('is too large for a record of alarms')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return unreadable('is not JSON')
  }
  const entries = isObject(value) ? value.alarms : undefined
  if (!Array.isArray(entries)) return unreadable('is not a record of alarms')
  const alarms = entries.map(readAlarm)
  const wrong = alarms.indexOf(undefined)
  if (wrong >= 0) return unreadable(`is not a record of alarms: number ${wrong + 1} is none`)
  return { kind: 'record', alarms: alarms.filter((alarm) => alarm !== undefined) }
}

export function formatAlarmRecord(alarms: readonly StandingAlarm[]): string {
  const sorted = alarms.toSorted((a, b) => compare(a.id, b.id) || compare(a.entity, b.entity))
  return `${formatJson({ alarms: sorted }, 2)}\n`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Its own fields and no others: whatever else is in the file, however deep, is not carried around. */
function readAlarm(value: unknown): StandingAlarm | undefined {
  if (!isObject(value)) return undefined
  const { id, entity, severity, reason, repair, raisedAt } = value
  const isNamed = isName(id) && isName(entity) && isName(severity)
  if (!isNamed || typeof reason !== 'string' || typeof repair !== 'string') return undefined
  if (typeof raisedAt !== 'string' || Number.isNaN(Date.parse(raisedAt))) return undefined
  const wantedBy = readList(value.wantedBy ?? value.policies, readWant)
  const sinks = readList(value.sinks ?? [], readSink)
  if (!wantedBy || !sinks) return undefined
  return { id, entity, severity, reason, repair, raisedAt, wantedBy, sinks }
}

function readList<T>(value: unknown, read: (entry: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(value)) return undefined
  const entries = value.map(read).filter((entry) => entry !== undefined)
  return entries.length === value.length ? entries : undefined
}

/** Records of earlier versions have the name alone. */
function readWant(value: unknown): AlarmWant | undefined {
  if (typeof value === 'string') return { policy: value, certificates: [] }
  if (!isObject(value) || typeof value.policy !== 'string') return undefined
  const certificates = readList(value.certificates, (path) => (isPath(path) ? path : undefined))
  return certificates && { policy: value.policy, certificates }
}

/** A week, as for policies. */
const maximumTimeoutSeconds = 7 * 86_400

/** It names a program that is run on this host: nothing but what a policy can say. */
function readSink(value: unknown): DesiredSink | undefined {
  if (!isObject(value)) return undefined
  const { type, client, timeoutSeconds } = value
  if (type !== 'starlingx_fm' || !isPath(client)) return undefined
  const isTime = typeof timeoutSeconds === 'number' && timeoutSeconds > 0
  return isTime && timeoutSeconds <= maximumTimeoutSeconds ? { type, client, timeoutSeconds } : undefined
}

/** As `readPath` lets it through. */
function isPath(value: unknown): value is string {
  if (typeof value !== 'string' || !/^[^\p{Cc}\p{Cs}]{1,4096}$/u.test(value)) return false
  return isAbsolute(value) && !value.split('/').includes('..')
}

/** What is handed to a sink to clear it: an argument of a program, which cannot hold just anything. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[^\p{Cc}\p{Cs}]{1,1000}$/u.test(value)
}
