import { describe, expect, it } from 'vitest'
import { formatLine } from '../../src/audit/line.ts'
import { parseLine } from '../../src/audit/parse.ts'
import { findIssuances, listRuns, parseLog } from '../../src/audit/runs.ts'
import { verifyLog } from '../../src/audit/verify.ts'
import type { AuditEntry } from '../../src/model/audit.ts'
import { steering } from '../support/hostile.ts'

const when = '2026-11-23T00:00:00.000Z'
const stamp = {
  seq: 1,
  prev: '0'.repeat(64),
  when,
  who: { user: 'u', sudoUser: null, hostname: 'h', pid: 7 },
}
const entry: AuditEntry = {
  ...stamp,
  kind: 'change',
  run: 'r',
  at: when,
  host: 'node-1',
  address: 'node-1/certificate/leaf',
  action: 'issue',
  paths: ['/pki/leaf.crt'],
  old: null,
  new: { fingerprint: 'f', serial: '1', spkiSha256: 's' },
  reasons: ['missing'],
  outcome: 'done',
  detail: 'first\nsecond \u009b2J',
}
const written = JSON.parse(formatLine(entry))

describe('a line of the audit log', () => {
  it.each<AuditEntry>([
    entry,
    { ...entry, due: false, machine: 'b'.repeat(32) },
    { ...stamp, kind: 'end', run: 'r', exit: 0 },
    { ...stamp, kind: 'note', torn: false, detail: 'd' },
  ])('is read as it was written: $kind', (each) => {
    expect(parseLine(formatLine(each))).toEqual(each)
  })

  it('holds nothing that steers a terminal', () => {
    expect(formatLine(entry)).not.toMatch(steering)
  })

  it.each<[string, object]>([
    ['no user', { who: {} }],
    ['a number for a user', { who: { ...written.who, user: 1 } }],
    ['a time that is a number', { when: 5 }],
    ['a time that is none', { at: 'noon' }],
    ['an action that there is not', { action: 'explode' }],
    ['an outcome that there is not', { outcome: [] }],
    ['an address that is a map', { address: {} }],
    ['paths that are one', { paths: '/pki' }],
    ['a certificate that is a word', { new: 'x' }],
    ['a word for whether it was due', { due: 'yes' }],
    ['a number for a machine', { machine: 5 }],
    ['an exit that is a word', { kind: 'end', exit: 'x' }],
    ['a place that is no number', { seq: '1' }],
  ])('is no entry with %s, and nobody stumbles over it', (_what, change) => {
    const line = JSON.stringify({ ...written, ...change })
    expect(parseLine(line)).toBeUndefined()
    const log = `${line}\n`
    expect(parseLog(log)).toEqual({ entries: [], others: 1 })
    expect(listRuns(parseLog(log).entries)).toEqual([])
    expect(findIssuances(log)).toEqual([])
    expect(verifyLog(log, undefined).fault).toEqual({ line: 1, message: 'is not an entry' })
  })

  it('is read without what else is in it, however deep', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    expect(parseLine(JSON.stringify({ ...written, more: 0 }).replace('"more":0', `"more":${deep}`))).toEqual(
      entry,
    )
    expect(parseLine(deep)).toBeUndefined()
    expect(parseLine(JSON.stringify({ ...written, detail: 'x'.repeat(300_000) }))).toBeUndefined()
  })
})
