import { describe, expect, it } from 'vitest'
import { continueChain, findTail, formatHead, type Head, parseHead } from '../../src/audit/chain.ts'
import { findIssuances, listRuns, parseLog } from '../../src/audit/runs.ts'
import { verifyLog } from '../../src/audit/verify.ts'
import type { AuditEvent, AuditRecord, AuditStamp } from '../../src/model/audit.ts'

const stamp: AuditStamp = {
  when: '2026-11-23T00:00:05.000Z',
  who: { user: 'root', sudoUser: 'alice', hostname: 'controller-0', pid: 42 },
}
const event = (change: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: 'change',
  run: 'run-1',
  at: '2026-11-23T00:00:00.000Z',
  host: 'node-1',
  address: 'node-1/certificate/leaf',
  action: 'renew',
  paths: ['/pki/leaf.crt'],
  old: { fingerprint: 'aa', serial: '01', spkiSha256: 'bb' },
  new: null,
  reasons: ['expires-soon'],
  outcome: 'planned',
  detail: '',
  ...change,
})

/** A log of several appends, each as its own run of the program would do it. */
function grow(appends: readonly (readonly AuditRecord[])[], start = '', head?: Head) {
  let log = { text: start, head }
  for (const records of appends) {
    const next = continueChain(findTail(log.text), log.head, records, stamp)
    log = { text: log.text + next.text, head: next.head }
  }
  return log
}

const five = () =>
  grow([[event(), event({ host: 'node-2' })], [event({ outcome: 'done' })], [event(), event()]])

describe('an audit log', () => {
  it('is intact as it was written, however it was appended to', () => {
    const { text, head } = five()
    expect(verifyLog(text, head)).toEqual({ entries: 5, notes: [] })
    expect(parseLog(text).entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
  })

  it('is intact when there is none', () => {
    expect(verifyLog('', undefined)).toEqual({ entries: 0, notes: [] })
  })

  it.each([
    ['a word is changed', (lines: string[]) => lines.with(1, lines[1]?.replace('node-2', 'node-3') ?? ''), 3],
    ['a line is taken out', (lines: string[]) => lines.toSpliced(2, 1), 3],
    ['a line is put in', (lines: string[]) => lines.toSpliced(2, 0, lines[1] ?? ''), 3],
    [
      'two lines change places',
      (lines: string[]) => lines.with(1, lines[2] ?? '').with(2, lines[1] ?? ''),
      2,
    ],
    ['a line is no entry', (lines: string[]) => lines.with(3, 'hello'), 4],
    ['the first line is taken away', (lines: string[]) => lines.slice(1), 1],
    [
      'the last line is changed',
      (lines: string[]) => lines.with(4, lines[4]?.replace('node-1', 'x') ?? ''),
      5,
    ],
    ['the end is cut off', (lines: string[]) => lines.slice(0, 3), 3],
  ])('in which %s names the line', (_name, change, line) => {
    const { text, head } = five()
    const changed = change(text.trimEnd().split('\n'))
    expect(verifyLog(`${changed.join('\n')}\n`, head).fault?.line).toBe(line)
  })

  it('that is gone, or whose head is gone, is not intact', () => {
    const { text, head } = five()
    expect(verifyLog('', head).fault?.message).toContain('0 of 5 entries')
    expect(verifyLog(text, undefined).fault?.message).toContain('audit.head is missing')
  })

  it('whose head a crash kept behind is intact', () => {
    const { text } = five()
    const { head } = grow([[event(), event({ host: 'node-2' })]])
    expect(verifyLog(text, head)).toEqual({ entries: 5, notes: [] })
  })

  it('keeps its break to be seen, whatever is appended later', () => {
    const { text, head } = five()
    const cut = text.split('\n').slice(0, 3).join('\n')
    const later = grow([[event()]], `${cut}\n`, head)
    expect(verifyLog(later.text, later.head).fault).toMatchObject({ line: 4 })
    expect(parseLog(later.text).entries[3]).toMatchObject({
      kind: 'note',
      detail: 'the log did not end with entry 5 any more, as it was written',
    })
  })

  it('whose last line a crash cut off says so, and goes on', () => {
    const { text, head } = five()
    const torn = text + text.slice(0, 100)
    expect(verifyLog(torn, head)).toEqual({
      entries: 5,
      notes: [{ line: 6, message: 'was cut off while it was being written (a crash)' }],
    })
    const later = grow([[event()], [event()]], torn, head)
    const verdict = verifyLog(later.text, later.head)
    expect(verdict.fault).toBeUndefined()
    expect(verdict.entries).toBe(8)
    expect(verdict.notes).toEqual([{ line: 6, message: 'was cut off while it was being written (a crash)' }])
  })

  it('whose very first line was cut off goes on', () => {
    const later = grow([[event()]], '{"seq":1,"pr', { count: 0, sha256: '0'.repeat(64) })
    expect(verifyLog(later.text, later.head)).toMatchObject({ entries: 2, notes: [{ line: 1 }] })
  })

  it('takes no cut line for an excuse that was changed afterwards', () => {
    const { text, head } = five()
    const later = grow([[event()]], text + text.slice(0, 100), head)
    const changed = later.text.replace('{"seq":1,"prev":"0000', '{"seq":1,"prev":"0001')
    expect(verifyLog(changed, later.head).fault?.line).toBe(1)
  })
})

it.each(['', 'x', '{"count":-1,"sha256":""}', `{"count":1,"sha256":"${'g'.repeat(64)}"}`])(
  'a head that cannot be one is none: %j',
  (text) => {
    expect(parseHead(text)).toBeUndefined()
  },
)

it('a head reads as it was written', () => {
  const head = { count: 7, sha256: 'a'.repeat(64) }
  expect(parseHead(formatHead(head))).toEqual(head)
})

describe('the runs of a log', () => {
  it('tell what became of every change last, and how they ended', () => {
    const { text } = grow([
      [event(), event({ address: 'node-2/certificate/leaf', host: 'node-2' })],
      [event({ action: 'issue', outcome: 'done' })],
      [event({ outcome: 'done' })],
      [event({ outcome: 'rolled-back' })],
      [{ kind: 'end', run: 'run-1', exit: 6 }],
      [event({ run: 'run-2', action: 'restart', address: 'node-1/service/web' })],
    ])
    expect(listRuns(parseLog(text).entries)).toMatchObject([
      {
        run: 'run-1',
        hosts: ['node-1', 'node-2'],
        exit: 6,
        changes: [
          { action: 'renew', outcome: 'rolled-back', count: 1 },
          { action: 'renew', outcome: 'planned', count: 1 },
        ],
      },
      { run: 'run-2', exit: null, changes: [{ action: 'restart', outcome: 'planned', count: 1 }] },
    ])
  })

  it('know what was signed, though it was never installed', () => {
    const { text } = grow([
      [event()],
      [event({ action: 'issue', outcome: 'done' })],
      [event({ outcome: 'stale' })],
    ])
    expect(findIssuances(text)).toEqual([
      { address: 'node-1/certificate/leaf', at: '2026-11-23T00:00:00.000Z', due: true, replaced: 'aa' },
    ])
  })

  const issue = (change: Partial<AuditEvent> = {}) => event({ action: 'issue', outcome: 'done', ...change })
  const old = (fingerprint: string) => ({ fingerprint, serial: null, spkiSha256: null })
  const dueOf = (...events: readonly AuditEvent[]) => findIssuances(grow([events]).text).map(({ due }) => due)

  it.each<[string, Partial<AuditEvent>, boolean]>([
    ['as it says', { due: true, reasons: ['issuer-differs'] }, true],
    ['as it says, whatever the reasons', { due: false }, false],
    ['by its reasons where it is of old', { reasons: ['expires-soon', 'expired'] }, true],
    ['not, where one of them is another', { reasons: ['expires-soon', 'san-differs'] }, false],
    ['not, where there is none', { reasons: [] }, false],
  ])('tell whether what was signed was due: %s', (_, change, due) => {
    expect(dueOf(issue(change))).toEqual([due])
  })

  it('count a certificate that is replaced a second time as brought back, and not as due', () => {
    const due = { due: true }
    expect(dueOf(issue({ ...due, old: old('a') }), issue({ ...due, old: old('b') }))).toEqual([true, true])
    expect(dueOf(issue({ ...due, old: old('a') }), issue({ ...due, old: old('a') }))).toEqual([true, false])
    expect(dueOf(issue({ ...due, old: null }), issue({ ...due, old: null }))).toEqual([true, true])
  })

  it('know a host by what it is, and by its name where one of the two does not say', () => {
    const { text } = grow([[issue({ machine: 'm1' }), issue({ machine: 'm2' }), issue()]])
    const replaced = (machines?: Record<string, string>) => findIssuances(text, machines).length
    expect(replaced()).toBe(3)
    expect(replaced({ 'node-1': 'm1' })).toBe(2)
    expect(replaced({ 'node-1': 'm3', 'node-2': 'm1' })).toBe(1)
  })
})
