import { describe, expect, it, onTestFinished } from 'vitest'
import { checkAnswer } from '../../src/hosts/answer.ts'
import { checkCanaries } from '../../src/hosts/canaries.ts'
import { runCommand } from '../../src/hosts/local/run.ts'
import { readCanaryFact } from '../../src/hosts/ssh/canaries.ts'
import { openConnection } from '../../src/hosts/ssh/connection.ts'
import { explainSsh } from '../../src/hosts/ssh/errors.ts'
import { readCertificateFact, readPrivateKeyFact, readProbeFact } from '../../src/hosts/ssh/facts.ts'
import type { GatherAnswer, GatherRequest } from '../../src/model/host.ts'
import { nothing } from '../../src/model/host.ts'
import { makeHostileSsh, type Trick } from '../support/hostile-host.ts'
import { makeSecrets } from '../support/secrets.ts'
import { makeFolder } from '../support/workspace.ts'

/** What becomes of one short question to a host that bends its clock record. */
async function ask(trick: Omit<Trick, 'word'>, bounds: { timeoutMs?: number; maximumBytes?: number } = {}) {
  const before = { ...process.env }
  Object.assign(process.env, makeHostileSsh(makeFolder(), { there: { word: 'clock', ...trick } }))
  onTestFinished(() => void Object.assign(process.env, before))
  const target = { name: 'there', connection: 'ssh', address: 'there', sshArgs: [] } as const
  const connection = openConnection(target, makeSecrets().resolve)
  onTestFinished(() => connection.close())
  const began = performance.now()
  const said = await connection.request('clock', { timeoutMs: 20_000, ...bounds }).then(
    (records) => records.length,
    (error: Error) => error.message,
  )
  return { said, connection, tookMs: performance.now() - began }
}

describe('a remote host that', () => {
  it('answers without end is ended by its bytes', async () => {
    const { said } = await ask({ how: 'endless' }, { maximumBytes: 1024 * 1024 })
    expect(said).toBe('it answers with more than 1024 KiB')
  })

  it('answers without end, in records that are small, is ended by their number', async () => {
    const { said } = await ask({ how: 'endless' }, { maximumBytes: 64 * 1024 * 1024 })
    expect(said).toBe('it answers with more than 100000 records')
  })

  it('never ends its line costs no more than its bytes', async () => {
    const { said } = await ask({ how: 'no-newline' }, { maximumBytes: 16 * 1024 * 1024 })
    expect(said).toBe('it answers with more than 16384 KiB')
  })

  it('drips is ended when its time is up, and not asked again', async () => {
    const { said, connection, tookMs } = await ask({ how: 'drips' }, { timeoutMs: 3000 })
    expect(said).toBe('it did not answer within 3 s')
    expect(tookMs).toBeLessThan(8000)
    await expect(connection.request('clock')).rejects.toThrow('it did not answer within 3 s')
  })

  it('shouts on its standard error is heard all the same', async () => {
    expect((await ask({ how: 'shouts' })).said).toBe(1)
  })
})

it('what ssh says is read in no time, and shown on one line', () => {
  const began = performance.now()
  explainSsh('Host key for '.repeat(700), 255)
  expect(performance.now() - began).toBeLessThan(1000)
  expect(explainSsh('\u001b[2Jall gone\u202e', 1)).toBe('ssh ended with 1:  [2Jall gone ')
})

describe('what a remote host says of', () => {
  const stat = ['81a4', '644', 'root', 'root', '1', '5', '1700000000.000', '-', '-']
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const endless = base64('-----BEGIN CERTIFICATE-----\n'.repeat(150_000))

  it('a handshake is read in one pass, whatever begins in it and never ends', () => {
    const began = performance.now()
    expect(readProbeFact(['probe', '0', 'none', '0', endless, '-'])).toMatchObject({ kind: 'failed' })
    expect(performance.now() - began).toBeLessThan(1000)
  })

  it('a certificate is not looked at beyond 1 MiB', () => {
    expect(readCertificateFact(['certificate', '0', 'file', ...stat, endless])).toMatchObject({
      kind: 'unreadable',
      problem: 'too-large',
    })
  })

  it('a key is a key, or its file cannot be used', () => {
    const record = ['key', '0', 'file', ...stat, '1', 'no', base64('!!!')]
    expect(readPrivateKeyFact(record, false)).toMatchObject({ kind: 'unreadable', problem: 'not-a-key' })
  })
})

describe('an answer', () => {
  const answer: GatherAnswer = {
    clockMs: 1_700_000_000_000,
    certificates: [],
    privateKeys: [],
    texts: [],
    unknownOwners: [],
    managesOwnership: true,
    interrupted: [],
    missingFolders: [],
    disks: [],
    commands: [],
    probes: [],
    exchanges: [],
    trusts: [],
  }
  const stat = { mode: 0o644, owner: 'a', group: 'a', size: 1, links: 1, accessList: false }
  const dated = (modifiedMs: number, over = {}): GatherAnswer => ({
    ...answer,
    certificates: [
      { kind: 'not-a-certificate', sha256: '', detail: '', stat: { ...stat, modifiedMs, ...over } },
    ],
  })
  const one: GatherRequest = { ...nothing, certificates: ['/a'] }
  const run: GatherRequest = { ...nothing, commands: [{ argv: ['a'], timeoutMs: 1 }] }
  const trust: GatherRequest = { ...nothing, trusts: [{ hostname: 'a', port: 1, timeoutMs: 1 }] }
  const exited = { kind: 'exited', exitCode: 256, stdout: '', stderr: '' } as const
  const full = { folder: '/', freeBytes: Number.NaN, writable: true }

  it.each<[string, GatherAnswer, GatherRequest]>([
    ['a clock that is none', { ...answer, clockMs: Number.NaN }, nothing],
    ['a clock before all clocks', { ...answer, clockMs: -1 }, nothing],
    ['a clock beyond all calendars', { ...answer, clockMs: Date.parse('9999-12-31T23:59:59Z') + 1 }, nothing],
    ['fewer parts than were asked for', answer, one],
    ['more parts than were asked for', dated(0), nothing],
    ['a time that is none', dated(Number.NaN), one],
    ['a mode that is none', dated(0, { mode: 0o10000 }), one],
    ['a size that is none', dated(0, { size: -1 }), one],
    ['a number of links that is none', dated(0, { links: 0.5 }), one],
    ['room that is none', { ...answer, disks: [full] }, nothing],
    ['less about trust than was asked for', answer, trust],
    ['a name that is no octets', { ...answer, trusts: [{ kind: 'named', names: ['3000', '300'] }] }, trust],
    ['trust of no kind', { ...answer, trusts: [{ kind: 'some', detail: '' } as never] }, trust],
    ['trust that failed for no reason', { ...answer, trusts: [{ kind: 'failed' } as never] }, trust],
    ['a name in capitals', { ...answer, trusts: [{ kind: 'named', names: ['30AB'] }] }, trust],
    ['an exit code that is none', { ...answer, commands: [exited] }, run],
  ])('with %s is none', (_what, given, request) => {
    expect(() => checkAnswer(request, given)).toThrow(/^(what it gives as|it answers)/)
  })

  it.each([
    [9e15, '9999-12-31T23:59:59.000Z'],
    [-9e15, '0001-01-01T00:00:00.000Z'],
  ])('with a file of the time %d has one of the end of the calendar', (ms, expected) => {
    const [fact] = checkAnswer(one, dated(ms)).certificates
    expect(fact && 'stat' in fact && new Date(fact.stat.modifiedMs).toISOString()).toBe(expected)
  })
})

describe('what a remote host says of a canary', () => {
  const judge = (status: string, ...lines: string[]) =>
    readCanaryFact(['canary', '0', status, Buffer.from(lines.join('\n')).toString('base64')])
  const asked = [
    'SSL_connect:SSLv3/TLS read server certificate request',
    'SSL_connect:SSLv3/TLS write client certificate',
  ]
  const over = (version: string) => ['CONNECTION ESTABLISHED', `Protocol version: TLSv1.${version}`]
  const ticket = 'SSL_connect:SSLv3/TLS read server session ticket'
  const theirs = 'SSL3 alert read:warning:close notify'
  const ours = 'SSL3 alert write:warning:close notify'
  const alert = (words: string) => `SSL3 alert read:fatal:${words}`

  it.each<[string, readonly string[], string, string]>([
    ['TLS 1.2 ended its handshake', [...asked, ...over('2')], '0', 'accepted'],
    ['TLS 1.2 ended its handshake late', [...asked, ...over('2')], '124', 'accepted'],
    [
      'TLS 1.3 sent a ticket, and an alert afterwards',
      [...asked, ...over('3'), ticket, alert('internal error')],
      '1',
      'accepted',
    ],
    ['TLS 1.3 was silent until we closed', [...asked, ...over('3'), ours, theirs], '0', 'accepted'],
    ['TLS 1.3 was silent until the time was up', [...asked, ...over('3')], '124', 'failed'],
    ['TLS 1.3 closed before we did', [...asked, ...over('3'), theirs, ours], '0', 'refused'],
    ['TLS 1.3 refused', [...asked, ...over('3'), alert('bad certificate')], '1', 'refused'],
    ['TLS 1.2 refused', [...asked, alert('unknown CA')], '1', 'refused'],
    ['it was reset', [...asked, 'write:errno=104'], '1', 'refused'],
    ['it says that it got none', [...asked, ...over('3'), alert('certificate required')], '1', 'failed'],
    ['it refused before it got ours', [asked[0] ?? '', alert('handshake failure')], '1', 'failed'],
    ['it asked for none', ['SSL_connect:SSLv3/TLS read server hello', ...over('3'), ticket], '0', 'failed'],
    ['it said nothing', ['SSL_connect:SSLv3/TLS write client hello'], '124', 'failed'],
    ['it is not there', ['connect:errno=111'], '1', 'failed'],
    ['there was no room to begin', [], '125', 'failed'],
  ])('is judged by what was done: %s', (_what, lines, status, kind) => {
    expect(judge(status, ...lines).kind).toBe(kind)
  })

  it('is nothing that can be believed when it is something else', () => {
    expect(readCanaryFact(['canary', '0'])).toMatchObject({ kind: 'failed' })
    expect(readCanaryFact(['canary', '0', '0', '!!!'])).toMatchObject({ kind: 'failed' })
  })

  it('has one answer for each', () => {
    const request = { hostname: 'a', port: 1, timeoutMs: 1, canaries: [{ certificatePem: '', keyPem: '' }] }
    expect(() => checkCanaries(request, [])).toThrow('0 of 1 canaries')
    expect(() => checkCanaries(request, [{ kind: 'refused' } as never])).toThrow('no answer')
    expect(() => checkCanaries(request, [{ kind: 'perhaps', detail: '' } as never])).toThrow('no answer')
    expect(checkCanaries(request, [{ kind: 'accepted' }])).toEqual([{ kind: 'accepted' }])
  })
})

describe('a command on this machine', () => {
  it('that prints without end is ended', async () => {
    const outcome = await runCommand({ argv: ['sh', '-c', 'while :; do echo yes; done'], timeoutMs: 1000 })
    expect(outcome.kind).toBe('timed-out')
    expect(outcome.stdout.length).toBeLessThanOrEqual(1024 * 1024)
  })

  it('that drips is ended when its time is up', async () => {
    const argv = ['sh', '-c', 'while :; do echo .; sleep 0.1; done'] as const
    expect((await runCommand({ argv, timeoutMs: 1000 })).kind).toBe('timed-out')
  })
})
