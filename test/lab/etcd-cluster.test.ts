import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeFiles } from '../support/workspace.ts'
import { expectCode } from './expect-code.ts'
import type { HostPlan } from './host.ts'
import { collect, type Lab, openLab } from './lab.ts'

const members = { 'node-1': '10.77.0.21', 'node-2': '10.77.0.22', 'node-3': '10.77.0.23' }
const names = Object.keys(members)
const pki = '/etc/etcd/pki'
const pairs = ['server', 'peer', 'client']
const endpoints = Object.values(members).map((address) => `https://${address}:2379`)

/** Debian's own unit, which takes its settings from here. */
function member([name, address]: [string, string]): [string, HostPlan] {
  const peers = Object.entries(members).map(([each, at]) => `${each}=https://${at}:2380`)
  const settings = {
    NAME: name,
    LISTEN_CLIENT_URLS: `https://${address}:2379,https://127.0.0.1:2379`,
    ADVERTISE_CLIENT_URLS: `https://${address}:2379`,
    LISTEN_PEER_URLS: `https://${address}:2380`,
    INITIAL_ADVERTISE_PEER_URLS: `https://${address}:2380`,
    INITIAL_CLUSTER: peers.join(','),
    CLIENT_CERT_AUTH: 'true',
    TRUSTED_CA_FILE: `${pki}/ca.crt`,
    CERT_FILE: `${pki}/server.crt`,
    KEY_FILE: `${pki}/server.key`,
    PEER_CLIENT_CERT_AUTH: 'true',
    PEER_TRUSTED_CA_FILE: `${pki}/ca.crt`,
    PEER_CERT_FILE: `${pki}/peer.crt`,
    PEER_KEY_FILE: `${pki}/peer.key`,
  }
  const text = Object.entries(settings).map(([key, value]) => `ETCD_${key}=${value}\n`)
  return [name, { address, files: { '/etc/default/etcd': text.join('') } }]
}

describe('an etcd cluster of three', () => {
  /** What is made so is due as soon as it is looked at otherwise, and still valid. */
  const tenDays = ['-e', '{"validity":"10d"}']
  const due = ['-e', '{"renew_before":"30d"}']
  let lab: Lab

  const go = (command: string, ...args: string[]) =>
    lab.certwright(command, resolve('playbooks/etcd-cluster.yml'), '-i', 'inventory.json', ...args)
  const expectNothingToDo = async (...args: string[]) =>
    expectCode(await go('plan', '--detailed-exitcode', ...args), 0)
  const onAll = (script: string) => names.map((name) => lab.host(name).run(script))
  const etcdctl = (folder: string, command: string) =>
    `ETCDCTL_API=3 etcdctl --endpoints=${endpoints} --cacert=${folder}/ca.crt --cert=${folder}/client.crt --key=${folder}/client.key ${command} 2>&1`
  const countHealthy = () =>
    lab
      .host('node-1')
      .run(`${etcdctl(pki, 'endpoint health')} || true`)
      .match(/is healthy/g)?.length
  const served = (port: number) =>
    names.map((name) =>
      lab
        .host('node-1')
        .run(`openssl s_client -connect ${members[name as 'node-1']}:${port} </dev/null 2>&1 | openssl x509`),
    )
  const onDisk = (pair: string) => onAll(`cat ${pki}/${pair}.crt`)
  const serials = () => pairs.flatMap((pair) => onAll(`openssl x509 -noout -serial -in ${pki}/${pair}.crt`))

  const writeOverStayingConnections = () => {
    const folder = join(lab.folder, 'client')
    mkdirSync(folder)
    for (const file of ['ca.crt', 'client.crt', 'client.key'])
      writeFileSync(join(folder, file), lab.host('node-1').read(`${pki}/${file}`))
    const script = resolve('test/lab/write-load.mjs')
    const load = lab.start(process.execPath, script, folder, ...Object.values(members))
    const report = collect(load)
    const stop = async () => {
      load.kill('SIGTERM')
      return JSON.parse((await report).stdout)
    }
    return { stop }
  }

  /** One handshake for every write, with a copy of the client's pair as it was. */
  const writeOverFreshConnections = () => {
    const { run } = lab.host('node-3')
    const loop = `until [ -e enough ]; do ${etcdctl('.', 'put fresh connection')}; done >written; touch ended`
    run(`cp -r ${pki} /srv/writer && systemd-run --quiet --working-directory=/srv/writer sh -c '${loop}'`)
    const stop = () => {
      run('cd /srv/writer && touch enough && until [ -e ended ]; do sleep 0.1; done')
      return run('cat /srv/writer/written').split('\n')
    }
    return { stop }
  }

  beforeAll(async () => {
    lab = await openLab(Object.fromEntries(Object.entries(members).map(member)))
    const hosts = Object.fromEntries(
      Object.entries(members).map(([name, address]) => [
        name,
        { ansible_host: address, member_address: address },
      ]),
    )
    await writeFiles(lab.folder, {
      'inventory.json': JSON.stringify({
        control: { hosts: { control: { ansible_connection: 'local', certwright_root: 'control' } } },
        etcd: { hosts, vars: lab.sshVars },
      }),
    })
  })
  afterAll(() => lab?.close())

  it('gets its certificates from nothing, and no member the key of the authority', async () => {
    expectCode(await go('apply', '--auto-approve', ...tenDays), 0)
    await expectNothingToDo(...tenDays)
    for (const pair of ['ca', ...pairs])
      onAll(`openssl verify -x509_strict -CAfile ${pki}/ca.crt ${pki}/${pair}.crt`)
    expect(onAll(`find / -xdev -name ca.key -o -xdev -name '*.certwright-*'`)).toEqual(['', '', ''])
    expect(new Set(onAll(`stat -c '%a %U' ${pki}/*.key | sort -u`))).toEqual(new Set(['600 etcd']))
  })

  it('comes up on them, every member healthy', async () => {
    onAll('systemctl start --no-block etcd')
    await expect.poll(countHealthy, { timeout: 60_000 }).toBe(3)
    expect(served(2379)).toEqual(onDisk('server'))
    expect(served(2380)).toEqual(onDisk('peer'))
    await expectNothingToDo(...tenDays)
  })

  it('has every leaf renewed under constant writes: none fails, no member restarts, all serve the new ones', async () => {
    const before = { pids: onAll('pgrep -x etcd'), serials: serials() }
    const staying = writeOverStayingConnections()
    const fresh = writeOverFreshConnections()
    const ran = await go('apply', '--auto-approve', ...due)
    expectCode(ran, 0)
    expect(ran.stdout).toContain('Plan: 9 to renew · no restart')
    const [{ written, failed }, puts] = [await staying.stop(), fresh.stop()]
    expect(failed).toEqual([])
    expect(written).toBeGreaterThan(500)
    expect(new Set(puts)).toEqual(new Set(['OK']))
    expect(puts.length).toBeGreaterThan(50)
    expect(onAll('pgrep -x etcd')).toEqual(before.pids)
    expect(serials().filter((serial) => before.serials.includes(serial))).toEqual([])
    expect(served(2379)).toEqual(onDisk('server'))
    expect(served(2380)).toEqual(onDisk('peer'))
    expect(onAll("find / -xdev -name '*.certwright-*'")).toEqual(['', '', ''])
    expect(countHealthy()).toBe(3)
    await expectNothingToDo(...due)
  })

  /** Everything is due that is older than some seconds. */
  const soon = ['-e', '{"renew_before":"364d23h59m50s"}']
  const alarmsOn = (name: string) => lab.host(name).run('cat /var/lib/certwright/alarms.json || true')
  const renew = async (...args: string[]) => {
    await new Promise((resolve) => setTimeout(resolve, 11_000))
    return go('apply', '--auto-approve', ...soon, ...args)
  }
  const isRenewed = (before: readonly string[], name: string, pair: string) =>
    !before.includes(lab.host(name).run(`openssl x509 -noout -serial -in ${pki}/${pair}.crt`))

  it('has the others renewed while a member is off, and that one brought into line when it is back', async () => {
    const before = serials()
    lab.host('node-3').connect(false)
    const ran = await renew()
    expectCode(ran, 4)
    expect(ran.stdout).toContain('Plan: 6 to renew · no restart')
    for (const name of ['node-1', 'node-2']) {
      expect(pairs.filter((pair) => !isRenewed(before, name, pair))).toEqual([])
      expect(alarmsOn(name)).toContain('node-3 owes a copy of client')
    }
    lab.host('node-3').connect(true)
    await expect.poll(countHealthy, { timeout: 60_000 }).toBe(3)
    expectCode(await go('apply', '--auto-approve'), 0)
    expect(new Set(onDisk('client')).size).toBe(1)
    expect(names.map(alarmsOn).join('')).not.toContain('250.003')
    expect(served(2379)).toEqual(onDisk('server'))
    await expectNothingToDo()
  })

  it('has all but one pair of one member renewed where that one cannot be told', async () => {
    const before = serials()
    const [odd, others] = [lab.host('node-2'), ['node-1', 'node-3']]
    odd.run(`mv ${pki}/client.key /srv/client.key && mkdir ${pki}/client.key`)
    const ran = await renew()
    expectCode(ran, 7)
    expect(ran.stdout).toContain(`${pki}/client.key is a directory`)
    for (const name of others) expect(pairs.filter((pair) => !isRenewed(before, name, pair))).toEqual([])
    expect(pairs.filter((pair) => isRenewed(before, 'node-2', pair))).toEqual(['server', 'peer'])
    expect(alarmsOn('node-2')).toContain('client.key is a directory')
    expect(countHealthy()).toBe(3)
    odd.run(`rmdir ${pki}/client.key && mv /srv/client.key ${pki}/client.key`)
    expectCode(await go('apply', '--auto-approve'), 0)
    expect(new Set(onDisk('client')).size).toBe(1)
    expect(alarmsOn('node-2')).not.toContain('250.003')
    await expectNothingToDo()
  })

  it('keeps what it has while the key of its authority is lost, and is told which file that is', async () => {
    const key = join(lab.folder, 'control/var/lib/certwright/authorities/etcd-ca.key')
    const before = serials()
    renameSync(key, `${key}.lost`)
    const ran = await renew()
    expectCode(ran, 7)
    expect(ran.stdout).toContain('/var/lib/certwright/authorities/etcd-ca.key does not exist')
    expect(serials()).toEqual(before)
    expect(countHealthy()).toBe(3)
    for (const name of names) expect(alarmsOn(name)).toContain('etcd-ca.key does not exist')
    renameSync(`${key}.lost`, key)
    expectCode(await go('apply', '--auto-approve'), 0)
    expect(names.map(alarmsOn).join('')).not.toContain('250.003')
    await expectNothingToDo()
  })
})
