import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { etcdctl, floatingAddress } from './controller.ts'
import { type ControllerPair, openPair, sharedFolder } from './controller-pair.ts'
import { expectCode } from './expect-code.ts'

const leaves = ['etcd-server', 'etcd-client', 'apiserver-etcd-client']
const pairs = ['etcd-ca', ...leaves]
const apiServerPair = '/etc/kubernetes/pki/apiserver-etcd-client'

/** Whether it can be done, now. */
function quiet(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}

describe('a StarlingX controller pair', () => {
  /** What is made so has ten days left, and is not due as long as it is looked at so. */
  const tenDays = ['-e', '{"validity":"10d","renew_before":"5d"}']
  let pair: ControllerPair

  const go = (command: string, ...args: string[]) =>
    pair.lab.certwright(command, resolve('playbooks/starlingx-etcd.yml'), '-i', 'inventory.json', ...args)
  const apply = (...args: string[]) => go('apply', '--auto-approve', ...args)
  const actions = async (...args: string[]): Promise<string[]> => {
    const { changes } = JSON.parse((await go('plan', '--format', 'json', ...args)).stdout)
    return changes.map(({ action, name }: { action: string; name: string }) => `${action} ${name}`)
  }
  const status = async (...args: string[]) => {
    const { certificates, services, alarms } = JSON.parse(
      (await go('status', '--format', 'json', ...args)).stdout,
    )
    const find = (key: 'state' | 'served', value: string) =>
      certificates.filter((each: Record<string, string>) => each[key] === value)
    const owed = services.flatMap(({ owed }: { owed: string[] }) => owed)
    return { ok: find('state', 'ok').length, served: find('served', 'yes')[0]?.host, owed, alarms }
  }
  const active = () => pair.active
  const standby = () => pair.standby
  const servedBy = (name: string) =>
    pair.lab
      .host(name)
      .run(`openssl s_client -connect ${floatingAddress}:2379 </dev/null 2>&1 | openssl x509`)
  const faults = () => active().run('ls /opt/fm').split('\n').filter(Boolean)

  /** The same bytes everywhere, and keys that nobody else may read. */
  const expectSameEverywhere = () => {
    pair.expectSameFiles()
    for (const end of ['.crt', '.key'])
      expect(standby().read(apiServerPair + end)).toBe(active().read(apiServerPair + end))
    const places = `/etc/etcd ${sharedFolder} /etc/kubernetes/pki`
    for (const host of [active(), standby()]) {
      expect(host.run(`find ${places} -name '*.key' ! -perm 0600`)).toBe('')
      expect(host.run(`stat -c '%a %U:%G' ${apiServerPair}.crt`)).toBe('600 root:root')
      expect(host.run("find / -xdev -name '*.certwright-*'")).toBe('')
    }
  }

  beforeAll(async () => {
    pair = await openPair({ validity: '365d' })
  })
  afterAll(() => pair?.lab.close())

  it('gets every certificate from nothing, the same on both and in the shared folder', async () => {
    const created = pairs.map((name) => `create ${name}`)
    expect(await actions(...tenDays)).toEqual([...created, ...created])
    expectCode(await apply(...tenDays), 0)
    expectSameEverywhere()
  })

  it('has an etcd on its files that every client writes to, and nothing left to do', async () => {
    active().run('systemctl start etcd kube-apiserver')
    standby().run('systemctl start kube-apiserver')
    for (const pair of ['/etc/etcd/etcd-client', '/etc/etcd/etcd-server', apiServerPair])
      expect(standby().run(etcdctl(pair, 'put', 'greeting', 'hello'))).toBe('OK')
    expect(servedBy('controller-1')).toBe(active().read('/etc/etcd/etcd-server.crt').trim())
    expect(await actions(...tenDays)).toEqual([])
    expect(await status(...tenDays)).toEqual({ ok: 8, served: 'controller-0', owed: [], alarms: [] })
  })

  it('renews its leaves ten days before they expire, while etcd keeps running and no write fails', async () => {
    const before = [pair.pid('etcd'), pair.pid('kube-apiserver')]
    const since = pair.writes(standby()).length
    const renewed = leaves.map((name) => `renew ${name}`)
    expect(await actions()).toEqual([...renewed, ...renewed])
    expect(await apply()).toMatchObject({ code: 0, stdout: expect.stringContaining('no restart') })
    expect([pair.pid('etcd'), pair.pid('kube-apiserver')]).toEqual(before)
    expect(servedBy('controller-1')).toBe(active().read('/etc/etcd/etcd-server.crt').trim())
    await pair.expectWrites(standby())
    expect(pair.writes(standby()).slice(since)).not.toContain('failed')
    expectSameEverywhere()
    expect(await actions()).toEqual([])
  })

  it('raises 250.003 while a new Root CA waits for the restart of etcd, and clears it on proof', async () => {
    active().run('rm /etc/etcd/ca.key /opt/platform/config/current/etcd/ca.key && touch /run/sm-is-away')
    standby().run('rm /etc/etcd/ca.key')
    const before = pair.pid('etcd')
    expectCode(await go('rotate', 'etcd-ca', '--auto-approve', '--no-overlap', '--allow', 'authorities=1'), 6)
    expect(faults()).toContain('250.003 host=controller-0.service=certwright')
    const told = active().read('/var/log/fm.log')
    expect(told).toContain('host=controller-0.service=certwright### ###major###Kubernetes certificates')
    expect(told).toContain('etcd: restart failed: sm-restart-safe exited with 1: the service manager is away')
    expect(await actions()).toContain('restart etcd')

    active().run('rm /run/sm-is-away')
    // As long as one API server is not well, the other one is told nothing.
    expectCode(await apply(), 7)
    expectCode(await apply(), 0)
    expect(faults().join()).not.toContain('250.003')
    expectCode(await go('rotate', 'etcd-ca', '--auto-approve'), 0)
    expect(faults()).toEqual([])
    expect(active().read('/var/log/sm.log')).toBe('service etcd\nservice etcd\n')
    expect(pair.pid('etcd')).not.toBe(before)
    expectSameEverywhere()
    await pair.expectWrites(standby())
    expect(await actions()).toEqual([])
  }, 600_000)

  it('has the key of its Root CA put back from what is left of it, and nobody is asked', async () => {
    const right = active().read('/etc/etcd/ca.key')
    active().run('rm /etc/etcd/ca.key')
    standby().run('echo rubbish >/etc/etcd/ca.key')
    expectCode(await apply(), 0)
    expect(active().read('/etc/etcd/ca.key')).toBe(right)
    expectSameEverywhere()
    expect(await actions()).toEqual([])
  })

  /** Everything is due that is older than some seconds. */
  const soon = ['-e', '{"renew_before":"364d23h59m50s"}']
  const renew = async () => {
    await new Promise((resolve) => setTimeout(resolve, 11_000))
    return apply(...soon)
  }
  const serial = (name: string) => active().run(`openssl x509 -noout -serial -in /etc/etcd/${name}.crt`)

  it('renews on the active controller while the other one is off, which gets its copies when it is back', async () => {
    const [before, pids] = [serial('etcd-server'), pair.pid('etcd')]
    standby().connect(false)
    const ran = await renew()
    expectCode(ran, 4)
    expect(serial('etcd-server')).not.toBe(before)
    expect(faults()).toEqual(['250.003 host=controller-0.service=certwright'])
    expect(active().run("cat '/opt/fm/250.003 host=controller-0.service=certwright'")).toContain(
      'controller-1 owes a copy of etcd-server',
    )
    expect(servedBy('controller-0')).toBe(active().read('/etc/etcd/etcd-server.crt').trim())
    expect(pair.pid('etcd')).toBe(pids)
    standby().connect(true)
    await expect.poll(() => quiet(() => standby().run('true')), { timeout: 30_000 }).toBe(true)
    expectCode(await apply(), 0)
    expectSameEverywhere()
    expect(faults()).toEqual([])
    await pair.expectWrites(standby())
    expect(await actions()).toEqual([])
  })

  it('renews what is live while the shared folder is read-only, and says that this has to be mended', async () => {
    const before = serial('etcd-server')
    for (const host of [active(), standby()]) host.run(`mount -o remount,ro,bind ${sharedFolder}`)
    const ran = await renew()
    expectCode(ran, 7)
    expect(ran.stdout).toContain(`${sharedFolder} may not be written to`)
    expect(serial('etcd-server')).not.toBe(before)
    expect(servedBy('controller-0')).toBe(active().read('/etc/etcd/etcd-server.crt').trim())
    for (const host of [active(), standby()]) host.run(`mount -o remount,rw,bind ${sharedFolder}`)
    expectCode(await apply(), 0)
    expectSameEverywhere()
    expect(faults()).toEqual([])
    expect(await actions()).toEqual([])
  })

  it('switches over: the other controller brings etcd up with the files that it has', async () => {
    active().run(`systemctl stop etcd; ip addr del ${floatingAddress}/24 dev host0`)
    standby().run(`ip addr add ${floatingAddress}/24 dev host0; systemctl start etcd`)
    expect(servedBy('controller-1')).toBe(standby().read('/etc/etcd/etcd-server.crt').trim())
    const get = etcdctl('/etc/etcd/etcd-client', 'get', '--print-value-only', 'greeting')
    await expect.poll(() => active().run(get), { timeout: 30_000 }).toBe('hello')
    expect(await actions()).toEqual([])
    expect(await status()).toEqual({ ok: 8, served: 'controller-1', owed: [], alarms: [] })
  })
})
