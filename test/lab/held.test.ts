import type { ChildProcess } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EtcdHost, fits, openEtcdHost, set } from './etcd-host.ts'
import { expectCode } from './expect-code.ts'
import { collect } from './lab.ts'
import { sh } from './shell.ts'

/** While there is a file /srv/hold, the first file of many goes to its place, and the others wait. */
const moveOneAndHold = `#!/bin/sh
if [ -e /srv/hold ] && [ "$2" = -t ]; then
  folder=$3; first=$5; shift 5
  /usr/bin/mv -f -t "$folder" -- "$first" && sync "$folder" && touch /srv/held
  while [ -e /srv/hold ]; do sleep 0.1; done
  set -- -f -t "$folder" -- "$@"
fi
exec /usr/bin/mv "$@"
`

const killHolders = `for each in /proc/[0-9]*; do
  if ls -l $each/fd 2>/dev/null | grep -q /var/lib/certwright/lock; then kill -9 "\${each#/proc/}" || true; fi; done`

describe('one etcd, and runs that are held between its certificate and its key', () => {
  let etcd: EtcdHost
  const mark = (name: string) => join(etcd.host.root, 'srv', name)
  const letGo = () => {
    for (const name of ['hold', 'held']) rmSync(mark(name), { force: true })
  }

  beforeAll(async () => {
    etcd = await openEtcdHost({
      '/usr/local/bin/mv': moveOneAndHold,
      '/etc/systemd/system/etcd.service.d/supervised.conf':
        '[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=1s\n',
    })
  })
  afterAll(() => etcd?.close())

  /** An apply that has come as far as that. */
  const hold = async (release: string) => {
    writeFileSync(mark('hold'), '')
    const options = etcd.args('play.yml', '--auto-approve', ...set({ release }))
    const child = etcd.start(process.execPath, resolve('dist/main.js'), 'apply', ...options)
    const ended = collect(child)
    await expect.poll(() => existsSync(mark('held')), { timeout: 30_000 }).toBe(true)
    return { child, ended }
  }
  /** The connection is lost, and nobody there is told. */
  const killSsh = ({ pid }: ChildProcess) => {
    const ssh = Number(sh('pgrep', '-P', String(pid), '-x', 'ssh'))
    process.kill(-ssh, 'SIGKILL')
  }

  it('a power loss in between is told of in a plan, and certwright recover makes the pairs whole', async () => {
    const { ended } = await hold('powerless')
    expect(fits(etcd.host, 'server')).toBe(false)
    await etcd.host.powerOff()
    expectCode(await ended, 4)
    await etcd.host.powerOn()
    letGo()
    const release = set({ release: 'powerless' })
    expect(fits(etcd.host, 'server')).toBe(false)
    const planned = await etcd.run('plan', 'play.yml', ...release)
    expect(planned.stdout).toMatch(
      /^node-1: installation \S+ has begun and not ended: .* \(then apply finishes or undoes it first\)$/m,
    )

    const recovered = await etcd.run('recover', 'play.yml')
    expectCode(recovered, 0)
    expect(recovered.stdout).toMatch(
      /^node-1: finished what an earlier run had begun \(\S+\): \S+server\.crt/m,
    )
    expect(fits(etcd.host, 'server') && fits(etcd.host, 'client')).toBe(true)
    expectCode(await etcd.apply(...release), 0)
    await expect
      .poll(() => etcd.host.run('systemctl is-active etcd || true'), { timeout: 30_000 })
      .toBe('active')
    await etcd.expectHealed(...release)
    expect((await etcd.run('recover', 'play.yml')).stdout).toBe('Nothing to recover.\n')
  })

  it('the host belongs to the run that is there: another is told whose, or waits and then does its work', async () => {
    const { child, ended } = await hold('mine')
    const release = set({ release: 'yours' })
    const refused = await etcd.apply(...release)
    expectCode(refused, 9)
    expect(refused.stderr).toMatch(
      new RegExp(`another run holds node-1: \\S+@\\S+ \\(pid ${child.pid}\\) since \\d{4}-`),
    )
    expect(refused.stdout).toBe('')
    const waiting = etcd.apply(...release, '--lock-timeout', '1m')
    letGo()
    expectCode(await ended, 0)
    const waited = await waiting
    expectCode(waited, 0)
    expect(waited.stdout).toContain('node-1/certificate/server')
    await etcd.expectHealed(...release)
  })

  it('a run whose ssh is killed is finished there; until then the host belongs to nobody else', async () => {
    const { child, ended } = await hold('orphaned')
    killSsh(child)
    const ran = await ended
    expectCode(ran, 4)
    expect(ran.stdout).toContain('lost: ssh ended; the next run finds out')
    const release = set({ release: 'next' })
    expectCode(await etcd.apply(...release), 9)
    letGo()
    expectCode(await etcd.apply(...release, '--lock-timeout', '1m'), 0)
    await etcd.expectHealed(...release)
  })

  it('a run is finished by the next when all that was at work there is killed too', async () => {
    const { child, ended } = await hold('killed')
    killSsh(child)
    etcd.host.run(killHolders)
    expectCode(await ended, 4)
    expect(fits(etcd.host, 'server')).toBe(false)
    letGo()
    const release = set({ release: 'last' })
    const ran = await etcd.apply(...release)
    expectCode(ran, 0)
    expect(ran.stderr).toMatch(/^node-1: finished what an earlier run had begun/m)
    await etcd.expectHealed(...release)
  })

  it('a good renewal is taken back by hand, once', async () => {
    const serial = () =>
      etcd.host.run(
        'openssl s_client -connect 127.0.0.1:2379 </dev/null 2>&1 | openssl x509 -noout -serial -subject',
      )
    const before = serial()
    expectCode(await etcd.apply(...set({ release: 'regretted' })), 0)
    expect(serial()).not.toBe(before)
    const policy = set({ release: 'last' })
    const back = () => etcd.run('rollback', 'play.yml', 'node-1', '--auto-approve', ...policy)
    const ran = await back()
    expectCode(ran, 0)
    expect(ran.stdout).toMatch(/back to before \S+/)
    expect(ran.stdout).toContain('Plan: 2 to restore')
    expect(serial()).toBe(before)
    expect(etcd.put()).toBe('OK')
    const again = await back()
    expectCode(again, 0)
    expect(again.stdout).toMatch(/^Nothing to do: node-1 holds what it held before \S+\.$/m)
    await etcd.expectHealed(...policy)
  })
})
