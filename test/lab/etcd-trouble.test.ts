import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Ran } from '../support/certwright.ts'
import { type EtcdHost, openEtcdHost, set } from './etcd-host.ts'
import { pki } from './etcd-policy.ts'
import { expectCode } from './expect-code.ts'

const restarts = '#!/bin/sh\nexec systemctl restart etcd\n'
const hangs = '#!/bin/sh\nsleep 600\n'
const doesNothing = '#!/bin/sh\n'
const hangsAtStart = `TimeoutStartSec=8s
ExecStartPre=/bin/sh -c 'if openssl x509 -noout -subject -in ${pki}/ca.crt | grep -q hanging; then sleep 600; fi'`

describe('one etcd, and trouble with it', () => {
  let etcd: EtcdHost

  beforeAll(async () => {
    etcd = await openEtcdHost({ '/usr/local/bin/restart-etcd': restarts })
  })
  afterAll(() => etcd?.close())

  const pid = () => etcd.host.run('pgrep -x etcd')
  const onDisk = () => etcd.host.run(`cat ${pki}/*.crt ${pki}/*.key`)
  const restartBy = (script: string) =>
    writeFileSync(join(etcd.host.root, 'usr/local/bin/restart-etcd'), script)
  const dropIn = (lines: string) => {
    etcd.host.run('mkdir -p /etc/systemd/system/etcd.service.d')
    writeFileSync(join(etcd.host.root, 'etc/systemd/system/etcd.service.d/lab.conf'), `[Service]\n${lines}\n`)
    etcd.host.run('systemctl daemon-reload')
  }
  const noDropIn = () => {
    rmSync(join(etcd.host.root, 'etc/systemd/system/etcd.service.d/lab.conf'))
    etcd.host.run('systemctl daemon-reload')
  }

  /** An apply that fails: the old files are back, etcd serves them to its clients, and the alarm stands. */
  const expectRolledBack = async (...options: string[]): Promise<Ran> => {
    const before = onDisk()
    const ran = await etcd.apply(...options)
    expectCode(ran, 6)
    expect(ran.stdout).toContain('old generation restored; serves sha256:')
    expect(onDisk()).toBe(before)
    expect(etcd.put()).toBe('OK')
    expect(etcd.alarms()).toEqual(['250.003'])
    return ran
  }
  const expectHealedBy = async (...options: string[]) => {
    expect(await etcd.outline(...options)).toContain('clear 250.003: alarm-resolved')
    expectCode(await etcd.apply(...options), 0)
    await etcd.expectHealed(...options)
  }

  it.each([
    ['once', 'Restart=no'],
    ['again and again', 'Restart=always\nRestartSec=100ms'],
  ])('that falls over %s, for it cannot read its new key, comes up on its old files', async (era, lines) => {
    dropIn(lines)
    const before = pid()
    const mended = set({ era })
    const ran = await expectRolledBack(...mended, ...set({ key_owner: 'root' }))
    expect(ran.stdout).toMatch(/restart +node-1\/service\/etcd +failed: /)
    expect(pid()).not.toBe(before)
    await expectHealedBy(...mended)
    noDropIn()
  })

  it('is not restarted when it turns its new client away: the old files are put back', async () => {
    const before = pid()
    const release = set({ era: 'again and again', release: 'second' })
    const ran = await expectRolledBack(...release, ...set({ client_usage: 'emailProtection' }))
    expect(ran.stdout).toContain("it turns away its client's certificate")
    expect(pid()).toBe(before)
    await expectHealedBy(...release)
  })

  it('whose restart hangs gets its old files back in bounded time', async () => {
    restartBy(hangs)
    const era = set({ era: 'hung', manager: 'command' })
    const [before, since] = [pid(), Date.now()]
    const ran = await expectRolledBack(...era)
    expect(ran.stdout).toContain('restart failed: /usr/local/bin/restart-etcd did not finish in time')
    expect(Date.now() - since).toBeLessThan(60_000)
    expect(etcd.host.run('pgrep -fx "sleep 600" || true')).toBe('')
    expect(pid()).toBe(before)
    restartBy(restarts)
    await expectHealedBy(...era)
  })

  it('that hangs while it starts gets its old files back in bounded time, and comes up on them', async () => {
    dropIn(hangsAtStart)
    const era = set({ era: 'hanging' })
    const [before, since] = [pid(), Date.now()]
    const ran = await expectRolledBack(...era)
    expect(ran.stdout).toContain('restart failed: systemctl exited with 1')
    expect(Date.now() - since).toBeLessThan(90_000)
    expect(pid()).not.toBe(before)
    noDropIn()
    await expectHealedBy(...era)
  })

  it('that is not restarted by a restart which says that it worked gets its old files back', async () => {
    restartBy(doesNothing)
    const era = set({ era: 'idle', manager: 'command' })
    const before = pid()
    const ran = await expectRolledBack(...era)
    expect(ran.stdout).toMatch(/failed: it has been running since \S+: not restarted/)
    expect(pid()).toBe(before)
    restartBy(restarts)
    await expectHealedBy(...era)
  })

  it('keeps the alarm until a restart is proved, where the play keeps the new files', async () => {
    restartBy(doesNothing)
    const era = set({ era: 'kept', manager: 'command' })
    for (const time of ['first', 'second']) {
      expectCode(await etcd.run('apply', 'keep.yml', '--auto-approve', ...era), 6)
      expect(etcd.alarms(), time).toEqual(['250.003'])
      const outline = await etcd.outline(...era)
      expect(outline[0]).toBe('restart etcd: client-rejected, started-before-change, telling-unproved')
    }
    restartBy(restarts)
    await expectHealedBy(...era)
  })

  it.each([
    ['still runs with the right one', 'true', 'uses-changed, started-before-change'],
    ['was restarted with it', 'sleep 1.1; systemctl restart etcd', 'uses-changed, client-rejected'],
  ])('gets its authority back when somebody put another in its place, and it %s', async (_, then, why) => {
    const right = etcd.host.read(`${pki}/ca.crt`)
    const era = set({ era: 'kept' })
    const curve = 'ec -pkeyopt ec_paramgen_curve:P-256'
    etcd.host.run(
      `openssl req -x509 -newkey ${curve} -nodes -keyout /dev/null -subj /CN=other -out ${pki}/ca.crt 2>&1 && ${then}`,
    )
    const outline = await etcd.outline(...era)
    expect(outline).toEqual(['update ca: copy-differs', `restart etcd: ${why}`])
    expectCode(await etcd.apply(...era), 0)
    expect(etcd.host.read(`${pki}/ca.crt`)).toBe(right)
    await etcd.expectHealed(...era)
  })
})
