// One line of the log → an entry. The file belongs to whoever could write it: every field is looked at, none is carried
// along unseen, and what is no entry is none as a whole.
import type { AuditEntry, AuditPair, AuditRecord, AuditStamp } from '../model/audit.ts'
import { actions } from '../model/change.ts'

/** A line is written in one piece, with its detail cut: an entry is never longer. */
const maximumLength = 256 * 1024

/** Undefined for anything that is not an entry. */
export function parseLine(line: string): AuditEntry | undefined {
  if (line.length > maximumLength) return undefined
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  const { seq, prev, when } = value
  const who = readWho(value.who)
  const record = readRecord(value)
  if (!who || !record || !isCount(seq) || typeof prev !== 'string' || !isInstant(when)) return undefined
  return { seq, prev, when, who, ...record }
}

function readWho(value: unknown): AuditStamp['who'] | undefined {
  if (!isObject(value)) return undefined
  const { user, sudo_user: sudoUser, hostname, pid } = value
  if (typeof user !== 'string' || typeof hostname !== 'string' || !isCount(pid)) return undefined
  return isTextOrNull(sudoUser) ? { user, sudoUser, hostname, pid } : undefined
}

function readRecord(value: Fields): AuditRecord | undefined {
  const { kind, run, exit, torn, detail } = value
  if (kind === 'change') return readChange(value)
  if (kind === 'end' && typeof run === 'string' && isCount(exit)) return { kind, run, exit }
  if (kind === 'note' && typeof torn === 'boolean' && typeof detail === 'string')
    return { kind, torn, detail }
  return undefined
}

type Change = Extract<AuditRecord, { kind: 'change' }>

const auditActions = [...actions, 'verify', 'issue', 'recover', 'destroy'] as const
const outcomes = ['planned', 'done', 'failed', 'skipped', 'stale', 'rolled-back', 'lost'] as const

function readChange(value: Fields): AuditRecord | undefined {
  const { run, at, host, address, paths, reasons, detail, due, machine } = value
  const action = auditActions.find((each) => each === value.action)
  const outcome = outcomes.find((each) => each === value.outcome)
  const old = readPair(value.old)
  const fresh = readPair(value.new)
  if (!action || !outcome || old === undefined || fresh === undefined || !isInstant(at)) return undefined
  if (![run, host, address, detail].every((text) => typeof text === 'string')) return undefined
  if (!isTexts(paths) || !isTexts(reasons)) return undefined
  if (due !== undefined && typeof due !== 'boolean') return undefined
  if (machine !== undefined && typeof machine !== 'string') return undefined
  const named = { run, host, address, detail } as Pick<Change, 'run' | 'host' | 'address' | 'detail'>
  // Codes of other versions are codes too.
  const codes = reasons as Change['reasons']
  const issued = { ...(due === undefined ? {} : { due }), ...(machine === undefined ? {} : { machine }) }
  return { kind: 'change', ...named, at, action, outcome, paths, old, new: fresh, reasons: codes, ...issued }
}

/** Undefined for what is none. */
function readPair(value: unknown): AuditPair | null | undefined {
  if (value === null) return null
  if (!isObject(value)) return undefined
  const { fingerprint, serial, spki_sha256: spkiSha256 } = value
  return isTextOrNull(fingerprint) && isTextOrNull(serial) && isTextOrNull(spkiSha256)
    ? { fingerprint, serial, spkiSha256 }
    : undefined
}

type Fields = Record<string, unknown>

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function isTextOrNull(value: unknown): value is string | null {
  return typeof value === 'string' || value === null
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function isInstant(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-/.test(value) && !Number.isNaN(Date.parse(value))
}
