import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { formatGeneration, type GenerationEntry } from '../../src/hosts/transaction/journal.ts'
import type { Host } from '../../src/model/host.ts'
import type { LockOutcome, TransactionFile } from '../../src/model/transaction.ts'
import { encodePrivateKey } from '../../src/x509/keys.ts'
import { authorityProfile, issue } from '../support/issue.ts'
import type { Visited } from './describe-transactions.ts'

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex')
const asRoot = process.getuid?.() === 0

/** What every Host promises about files that a transaction takes away, and about new ones that are as old as the old. */
export function describeRemovals(
  visited: () => Visited,
  take: () => Promise<{ readonly host: Host; readonly outcome: LockOutcome }>,
): void {
  const path = (name: string) => `${visited().folder}/${name}`
  const at = (name: string) => join(visited().root, path(name))
  const put = (name: string, text: string | Uint8Array, mode = 0o644) => {
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), text, { mode })
    utimesSync(at(name), 1_600_000_000.25, 1_600_000_000.25)
  }
  const read = (name: string) => readFileSync(at(name), 'utf8')
  const expected = (text: string): TransactionFile['expect'] =>
    text === '' ? { kind: 'absent' } : { kind: 'certificate', sha256: sha256(text) }
  const replace = (name: string, from: string, to: string): TransactionFile => ({
    path: path(name),
    content: { kind: 'bytes', bytes: Buffer.from(to) },
    mode: 0o644,
    expect: expected(from),
  })
  const remove = (name: string, from: string): TransactionFile => ({
    path: path(name),
    content: { kind: 'removed' },
    mode: 0o600,
    expect: expected(from),
  })
  const install = (host: Host, id: string, ...files: readonly TransactionFile[]) =>
    host.install({ id, files, pairs: [] })
  const look = (name: string) => {
    const { mode, uid, gid, mtimeMs } = lstatSync(at(name))
    return { text: read(name), mode: mode & 0o7777, uid, gid, mtimeMs }
  }

  describe('a file that is to go', () => {
    it('goes with what else changes, is kept, and comes back as it was when that is wanted', async () => {
      put('a.crt', 'old')
      put('b.key', 'going')
      chmodSync(at('b.key'), 0o640)
      if (asRoot) chownSync(at('b.key'), 64_001, 64_002)
      const before = look('b.key')
      const { host } = await take()
      const files = [replace('a.crt', 'old', 'new'), remove('b.key', 'going')]
      expect(await install(host, 't', ...files)).toEqual({ kind: 'installed' })
      expect([read('a.crt'), existsSync(at('b.key'))]).toEqual(['new', false])
      const kept = join(visited().state, 'generations', '00000001-t')
      expect(readdirSync(kept)).toEqual(['0', '1', 'manifest'])
      expect([readFileSync(join(kept, '1'), 'utf8'), lstatSync(join(kept, '1')).mode & 0o7777]).toEqual([
        'going',
        0o600,
      ])
      expect(await host.restore({ generation: 't', id: 'u', pairs: [] })).toEqual({ kind: 'installed' })
      expect([read('a.crt'), look('b.key')]).toEqual(['old', before])
      expect(await host.restore({ generation: 'u', id: 'v', pairs: [] })).toEqual({ kind: 'installed' })
      expect([read('a.crt'), existsSync(at('b.key'))]).toEqual(['new', false])
    })

    it('is told among what generations hold, and comes back alone where it alone is wanted', async () => {
      const { certificate } = await issue(authorityProfile)
      put('a.crt', 'old')
      put('b.crt', certificate.pem)
      const { host } = await take()
      await install(host, 't', replace('a.crt', 'old', 'new'), remove('b.crt', certificate.pem))
      expect((await host.listGenerations())[0]?.files).toEqual([
        { path: path('a.crt'), was: 'present' },
        { path: path('b.crt'), was: 'present', certificate },
      ])
      const paths = [path('b.crt')]
      expect(await host.restore({ generation: 't', id: 'u', paths, pairs: [] })).toEqual({
        kind: 'installed',
      })
      expect([read('a.crt'), read('b.crt')]).toEqual(['new', certificate.pem])
    })

    it('and has gone already is as good as removed', async () => {
      put('a.crt', 'old')
      const { host } = await take()
      const files = [replace('a.crt', 'old', 'new'), remove('b.key', 'going')]
      expect(await install(host, 't', ...files)).toEqual({ kind: 'installed' })
      expect([read('a.crt'), readdirSync(at('.'))]).toEqual(['new', ['a.crt']])
      expect((await host.listGenerations())[0]?.files).toEqual([{ path: path('a.crt'), was: 'present' }])
    })

    it('and is another one by now stays, and everything with it', async () => {
      put('a.crt', 'old')
      put('b.key', 'theirs')
      const { host } = await take()
      const files = [replace('a.crt', 'old', 'new'), remove('b.key', 'going')]
      expect(await install(host, 't', ...files)).toMatchObject({ kind: 'stale', path: path('b.key') })
      expect([read('a.crt'), read('b.key')]).toEqual(['old', 'theirs'])
    })

    it('may be the key that another place gets in the same transaction, and leaves no pair to check', async () => {
      const { certificate, key } = await issue(authorityProfile)
      const { spkiSha256 } = certificate.publicKey
      put('ca.crt', 'old')
      put('ca.next.crt', certificate.pem)
      put('ca.next.key', encodePrivateKey(key), 0o600)
      const { host } = await take()
      const from = { path: path('ca.next.key') }
      const files: TransactionFile[] = [
        replace('ca.crt', 'old', certificate.pem),
        { ...remove('ca.key', ''), content: { kind: 'copied', from, spkiSha256 } },
        remove('ca.next.crt', certificate.pem),
        { ...remove('ca.next.key', ''), expect: { kind: 'private-key', spkiSha256 } },
      ]
      const pairs = ['ca', 'ca.next'].map((name) => ({
        certificate: path(`${name}.crt`),
        privateKey: path(`${name}.key`),
      }))
      expect(await host.install({ id: 't', files, pairs })).toEqual({ kind: 'installed' })
      expect(readdirSync(at('.'))).toEqual(['ca.crt', 'ca.key'])
      expect(read('ca.key')).toBe(Buffer.from(encodePrivateKey(key)).toString())
    })

    it('behind a link of install: generations is not supported, and nothing changes', async () => {
      const through = path('.a.crt.certwright')
      const { host } = await take()
      await install(host, 't', { ...replace('a.crt', '', 'old'), through })
      put('b.crt', 'old')
      const files = [replace('b.crt', 'old', 'new'), { ...remove('a.crt', 'old'), through }]
      expect(await install(host, 'u', ...files)).toEqual({
        kind: 'failed',
        path: path('a.crt'),
        detail: 'is a link of install: generations, and is not removed',
      })
      expect([read('a.crt'), read('b.crt')]).toEqual(['old', 'old'])
    })

    it.runIf(asRoot)('goes from a folder of somebody else, too', async () => {
      put('theirs/a.key', 'going')
      chownSync(at('theirs'), 64_001, 64_001)
      const { host } = await take()
      expect(await install(host, 't', remove('theirs/a.key', 'going'))).toEqual({ kind: 'installed' })
      await host.discard()
      expect([readdirSync(at('theirs')), readdirSync(at('.'))]).toEqual([[], ['theirs']])
    })

    it.runIf(asRoot)('is back as it was when another one cannot go', async () => {
      put('a.crt', 'old')
      put('b.key', 'going')
      chmodSync(at('b.key'), 0o640)
      chownSync(at('b.key'), 64_001, 64_002)
      put('c.key', 'immutable')
      execFileSync('chattr', ['+i', at('c.key')])
      onTestFinished(() => void execFileSync('chattr', ['-i', at('c.key')]))
      const before = look('b.key')
      const { host } = await take()
      const files = [replace('a.crt', 'old', 'new'), remove('b.key', 'going'), remove('c.key', 'immutable')]
      expect(await install(host, 't', ...files)).toMatchObject({
        kind: 'failed',
        path: path('c.key'),
        detail: expect.stringContaining('immutable'),
      })
      await host.discard()
      expect([read('a.crt'), look('b.key'), read('c.key')]).toEqual(['old', before, 'immutable'])
      expect(readdirSync(at('.'))).toEqual(['a.crt', 'b.key', 'c.key'])
      expect(await host.listGenerations()).toEqual([])
    })
  })

  describe('a transaction with a removal that an earlier run did not end', () => {
    const room = '.certwright-0123456789abcdef'
    const entry = (name: string, rest: Pick<GenerationEntry, 'action' | 'after' | 'staged'>) => ({
      location: at(name),
      before: {
        kind: 'file' as const,
        sha256: sha256('old'),
        mode: 0o640,
        uid: process.getuid?.() ?? 0,
        gid: process.getgid?.() ?? 0,
        modified: '1600000000.250000000',
      },
      ...rest,
    })
    /** a.crt was to be replaced, b.key to go. */
    const leave = () => {
      const generation = join(visited().state, 'generations', '00000003-earlier')
      mkdirSync(generation, { recursive: true })
      const after = { kind: 'file', sha256: sha256('new') } as const
      const entries = [
        entry('a.crt', { action: 'replace', after, staged: at(`${room}/0/a.crt`) }),
        entry('b.key', { action: 'remove', after: { kind: 'absent' } }),
      ]
      writeFileSync(join(generation, 'journal'), formatGeneration(entries))
      for (const name of ['0', '1']) writeFileSync(join(generation, name), 'old')
      return generation
    }
    const recover = async (outcome: 'finished' | 'undone') => {
      const paths = [at('a.crt'), at('b.key')]
      expect((await take()).outcome).toMatchObject({ recoveries: [{ id: 'earlier', outcome, paths }] })
    }

    it.each([
      ['is still to be done', 'old', true],
      ['is still to be done, where the other file waits,', 'waits', true],
      ['has been done, where the other file waits,', 'waits', false],
      ['has been done', 'new', false],
    ])('is finished where it %s', async (_, other, isThere) => {
      const generation = leave()
      put('a.crt', other === 'new' ? 'new' : 'old')
      if (other !== 'new') put(`${room}/0/a.crt`, 'new')
      if (isThere) put('b.key', 'old')
      await recover('finished')
      expect([read('a.crt'), existsSync(at('b.key'))]).toEqual(['new', false])
      expect(readdirSync(generation)).toEqual(['0', '1', 'manifest'])
    })

    it.each([
      ['not been removed yet', true],
      ['been removed', false],
    ])('is undone where another file is lost: what had %s is there', async (_, isThere) => {
      const generation = leave()
      put('a.crt', 'old')
      if (isThere) put('b.key', 'old', 0o640)
      await recover('undone')
      const { text, mode, mtimeMs } = look('b.key')
      expect([read('a.crt'), text, mode, mtimeMs]).toEqual(['old', 'old', 0o640, 1_600_000_000_250])
      expect(existsSync(generation)).toBe(false)
    })

    it.each(['finished', 'undone'] as const)(
      'is %s, and what somebody else has put there stays',
      async (outcome) => {
        leave()
        put('a.crt', 'old')
        if (outcome === 'finished') put(`${room}/0/a.crt`, 'new')
        put('b.key', 'theirs')
        await recover(outcome)
        expect([read('a.crt'), read('b.key')]).toEqual([outcome === 'finished' ? 'new' : 'old', 'theirs'])
      },
    )
  })

  describe('a file that keeps its time', () => {
    it('is replaced, and is as old as the one before; so is that one when it comes back', async () => {
      put('trust.crt', 'A B')
      put('other.crt', 'A B')
      const { mtimeMs } = look('trust.crt')
      const { host } = await take()
      const files = [
        { ...replace('trust.crt', 'A B', 'B A'), keepsTime: true },
        replace('other.crt', 'A B', 'B A'),
      ]
      expect(await install(host, 't', ...files)).toEqual({ kind: 'installed' })
      expect(look('trust.crt')).toMatchObject({ text: 'B A', mode: 0o644, mtimeMs })
      expect(look('other.crt').mtimeMs).toBeGreaterThan(mtimeMs)
      await host.restore({ generation: 't', id: 'u', pairs: [] })
      expect(look('trust.crt')).toMatchObject({ text: 'A B', mtimeMs })
    })

    it('is as old to the microsecond', async () => {
      put('trust.crt', 'A B')
      execFileSync('touch', ['-d', '@1700000000.123456789', at('trust.crt')])
      const { host } = await take()
      await install(host, 't', { ...replace('trust.crt', 'A B', 'B A'), keepsTime: true })
      const { mtimeNs } = lstatSync(at('trust.crt'), { bigint: true })
      expect(Math.abs(Number(mtimeNs - 1_700_000_000_123_456_789n))).toBeLessThan(1000)
    })

    it('is new where there was none', async () => {
      const { host } = await take()
      const file = { ...replace('trust.crt', '', 'B A'), keepsTime: true }
      expect(await install(host, 't', file)).toEqual({ kind: 'installed' })
      expect(Date.now() - look('trust.crt').mtimeMs).toBeLessThan(600_000)
    })

    it('keeps it behind a link of install: generations', async () => {
      const through = path('.trust.crt.certwright')
      const { host } = await take()
      await install(host, 't', { ...replace('trust.crt', '', 'A B'), through })
      utimesSync(at('trust.crt'), 1_600_000_000.25, 1_600_000_000.25)
      await install(host, 'u', { ...replace('trust.crt', 'A B', 'B A'), through, keepsTime: true })
      const behind = join(dirname(at('trust.crt')), '.trust.crt.certwright', 'trust.crt')
      expect([read('trust.crt'), lstatSync(behind).mtimeMs]).toEqual(['B A', 1_600_000_000_250])
    })
  })
}
