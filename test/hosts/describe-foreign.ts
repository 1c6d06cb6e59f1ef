import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type Host, nothing } from '../../src/model/host.ts'
import type { LockOutcome, Transaction, TransactionFile } from '../../src/model/transaction.ts'
import type { Visited } from './describe-transactions.ts'

/** A user of no account, and another one. */
const [service, other] = [64_001, 64_002]

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** What every Host promises about folders whose owner may exchange what is in them at any moment. Wants root. */
export function describeForeign(
  visited: () => Visited,
  take: () => Promise<{ readonly host: Host; readonly outcome: LockOutcome }>,
): void {
  const at = (relative: string) => join(visited().root, relative)
  const make = (relative: string, uid = 0, mode = 0o755) => {
    mkdirSync(at(relative), { mode })
    chmodSync(at(relative), mode)
    chownSync(at(relative), uid, 0)
  }
  const replace = (
    path: string,
    from: string,
    to: string,
    over: Partial<TransactionFile> = {},
  ): TransactionFile => ({
    path,
    content: { kind: 'bytes', bytes: Buffer.from(to) },
    mode: 0o640,
    expect: from === '' ? { kind: 'absent' } : { kind: 'certificate', sha256: sha256(from) },
    ...over,
  })
  const install = async (...files: TransactionFile[]) => {
    const { host } = await take()
    const transaction: Transaction = { id: 't', files, pairs: [] }
    const outcome = await host.install(transaction)
    await host.discard()
    return { host, outcome }
  }
  const distrust = async (host: Host, path: string) => {
    const { disks } = await host.gather({ ...nothing, certificates: [path] })
    return disks.map((disk) => disk.distrust?.reason ?? (disk.held ? 'held' : 'trusted'))
  }

  it('is written to, and nothing is prepared in it', async () => {
    make('svc', service)
    const { host, outcome } = await install(
      replace('/svc/a.crt', '', 'A'),
      replace('/svc/sub/b.crt', '', 'B'),
    )
    expect(outcome).toEqual({ kind: 'installed' })
    expect(readdirSync(at('svc')).sort()).toEqual(['a.crt', 'sub'])
    expect([statSync(at('svc/sub')).uid, statSync(at('svc/a.crt')).mode & 0o7777]).toEqual([service, 0o640])
    expect(readFileSync(at('svc/sub/b.crt'), 'utf8')).toBe('B')
    expect(await distrust(host, '/svc/a.crt')).toEqual(['held'])
    expect(await host.restore({ generation: 't', id: 'u', pairs: [] })).toEqual({ kind: 'installed' })
    expect(readdirSync(at('svc'))).toEqual(['sub'])
  })

  it('is not followed when it leads to another one', async () => {
    make('svc', service)
    make('victim', other)
    writeFileSync(at('victim/a.crt'), 'V')
    symlinkSync('../victim', at('svc/certs'))
    lchownSync(at('svc/certs'), service, 0)
    const { host, outcome } = await install(replace('/svc/certs/a.crt', 'V', 'A'))
    expect(outcome).toMatchObject({ kind: 'failed', path: '/svc/certs/a.crt' })
    expect(readFileSync(at('victim/a.crt'), 'utf8')).toBe('V')
    expect(await distrust(host, '/svc/certs/a.crt')).toEqual(['foreign-link'])
    const { certificates } = await host.gather({ ...nothing, certificates: ['/svc/certs/a.crt'] })
    expect(certificates).toMatchObject([{ kind: 'unreadable', problem: 'untrusted-folder' }])
  })

  it('is not passed on the way to a folder of a third one, or of root', async () => {
    make('svc', service)
    make('svc/certs', other)
    make('svc/roots')
    for (const folder of ['/svc/certs', '/svc/roots']) {
      const { host, outcome } = await install(replace(`${folder}/a.crt`, '', 'A'))
      expect(outcome).toMatchObject({ kind: 'failed', detail: expect.stringContaining('may exchange it') })
      expect(existsSync(at(`${folder}/a.crt`))).toBe(false)
      expect(await distrust(host, `${folder}/a.crt`)).toEqual(['handed-on'])
      await host.close()
    }
  })

  it('may be one that a group writes to, too', async () => {
    make('svc', 0, 0o775)
    chownSync(at('svc'), 0, service)
    const { host, outcome } = await install(replace('/svc/a.crt', '', 'A'))
    expect(outcome).toEqual({ kind: 'installed' })
    expect(await distrust(host, '/svc/a.crt')).toEqual(['held'])
  })

  it('on a file system of its own is refused, for there is nowhere to prepare files', async () => {
    make('svc', service)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at('svc')])
    onTestFinished(() => void execFileSync('umount', ['-l', at('svc')]))
    chownSync(at('svc'), service, 0)
    const { host, outcome } = await install(replace('/svc/a.crt', '', 'A'))
    expect(outcome).toMatchObject({
      kind: 'failed',
      detail: expect.stringContaining('file system of its own'),
    })
    expect(await distrust(host, '/svc/a.crt')).toEqual(['own-disk'])
  })

  it('is looked at whatever the names in it are', async () => {
    make('svc', service)
    make('svc/odd\n4zz 0 0 root root 1 \u001b[2J', service)
    symlinkSync('odd\n4zz 0 0 root root 1 \u001b[2J', at('svc/certs'))
    lchownSync(at('svc/certs'), service, 0)
    const { host, outcome } = await install(replace('/svc/certs/a.crt', '', 'A'))
    expect(outcome).toMatchObject({ kind: 'failed' })
    expect(await distrust(host, '/svc/certs/a.crt')).toEqual([
      expect.stringMatching(/^(foreign-link|blocked)$/),
    ])
  })

  it('gets no files through links', async () => {
    make('svc', service)
    const { outcome } = await install(replace('/svc/a.crt', '', 'A', { through: '/svc/.a.crt.certwright' }))
    expect(outcome).toMatchObject({ kind: 'failed', detail: expect.stringContaining('install: generations') })
    expect(readdirSync(at('svc'))).toEqual([])
  })

  it('keeps nobody waiting with a FIFO', async () => {
    make('svc', service)
    execFileSync('mkfifo', [at('svc/a.crt')])
    const { host, outcome } = await install(replace('/svc/a.crt', 'old', 'A'))
    expect(outcome).toMatchObject({ kind: 'stale', path: '/svc/a.crt' })
    const { certificates, privateKeys } = await host.gather({
      ...nothing,
      certificates: ['/svc/a.crt'],
      privateKeys: [{ path: '/svc/a.crt' }],
    })
    expect([...certificates, ...privateKeys]).toMatchObject([{ problem: 'fifo' }, { problem: 'fifo' }])
  })
}
