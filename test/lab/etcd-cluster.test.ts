import { copyFileSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeFiles } from '../support/workspace.ts'
import { expectCode } from './expect-code.ts'
import type { HostPlan } from './host.ts'
import { collect, type Lab, openLab } from './lab.ts'

const day = 86_400_000
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
  const now = new Date().toISOString()
  /** What is made then is due for renewal now, and still valid. */
  const then = new Date(Date.now() - 300 * day).toISOString()
  let lab: Lab

  const go = (command: string, at: string, ...args: string[]) => {
    const inventory = ['-i', 'inventory.json', '--at', at]
    return lab.certwright(command, resolve('playbooks/etcd-cluster.yml'), ...inventory, ...args)
  }
  const expectNothingToDo = async (at: string) => expectCode(await go('plan', at, '--detailed-exitcode'), 0)
  const onAll = (script: string) => names.map((name) => lab.host(name).run(script))
  const etcdctl = (...args: string[]) =>
    `ETCDCTL_API=3 etcdctl --endpoints=${endpoints} --cacert=${pki}/ca.crt --cert=${pki}/client.crt --key=${pki}/client.key ${args.join(' ')}`
  const served = (port: number) =>
    names.map((name) =>
      lab
        .host('node-1')
        .run(`openssl s_client -connect ${members[name as 'node-1']}:${port} </dev/null 2>&1 | openssl x509`),
    )
  const onDisk = (pair: string) => onAll(`cat ${pki}/${pair}.crt`)
  const serials = () => pairs.flatMap((pair) => onAll(`openssl x509 -noout -serial -in ${pki}/${pair}.crt`))

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
    expectCode(await go('apply', then, '--auto-approve'), 0)
    await expectNothingToDo(then)
    for (const pair of ['ca', ...pairs])
      onAll(`openssl verify -x509_strict -CAfile ${pki}/ca.crt ${pki}/${pair}.crt`)
    expect(onAll(`find / -xdev -name ca.key -o -xdev -name '*.certwright-*'`)).toEqual(['', '', ''])
    expect(new Set(onAll(`stat -c '%a %U' ${pki}/*.key | sort -u`))).toEqual(new Set(['600 etcd']))
  })

  it('comes up on them, every member healthy', async () => {
    onAll('systemctl start --no-block etcd')
    const health = () => lab.host('node-2').run(`${etcdctl('endpoint', 'health')} 2>&1 || true`)
    await expect.poll(() => health().match(/is healthy/g)?.length, { timeout: 60_000 }).toBe(3)
    expect(served(2379)).toEqual(onDisk('server'))
    expect(served(2380)).toEqual(onDisk('peer'))
    await expectNothingToDo(then)
  })

  it('has every leaf renewed under constant writes: none fails, no member restarts, all serve the new ones', async () => {
    const folder = join(lab.folder, 'client')
    mkdirSync(folder)
    for (const file of ['ca.crt', 'client.crt', 'client.key'])
      copyFileSync(join(lab.host('node-1').root, pki, file), join(folder, file))
    const before = { pids: onAll('pgrep -x etcd'), serials: serials() }
    const load = lab.start(
      process.execPath,
      resolve('test/lab/write-load.mjs'),
      folder,
      ...Object.values(members),
    )
    const report = collect(load)
    lab.host('node-3').run(`cat >/root/load <<'end'
until [ -e /root/enough ]; do ${etcdctl('put', 'fresh', 'connection')} >>/root/written 2>>/root/failed; done; touch /root/ended
end
setsid sh /root/load </dev/null >/dev/null 2>&1 &`)
    await expect.poll(() => lab.host('node-3').run('cat /root/written')).toContain('OK\nOK')

    const ran = await go('apply', now, '--auto-approve')
    expectCode(ran, 0)
    expect(ran.stdout).toContain('Plan: 9 to renew · no restart')

    lab.host('node-3').run('touch /root/enough; until [ -e /root/ended ]; do sleep 0.1; done')
    load.kill('SIGTERM')
    const { stdout, stderr } = await report
    console.log(stdout, stderr, lab.host('node-3').run('wc -l /root/written; cat /root/failed'))
    const { written, failed } = JSON.parse(stdout.split('\n')[1] ?? '')
    expect(failed).toEqual([])
    expect(written).toBeGreaterThan(100)
    expect(lab.host('node-3').run('cat /root/failed')).toBe('')
    expect(onAll('pgrep -x etcd')).toEqual(before.pids)
    expect(serials().filter((serial) => before.serials.includes(serial))).toEqual([])
    expect(served(2379)).toEqual(onDisk('server'))
    expect(served(2380)).toEqual(onDisk('peer'))
    expect(onAll("find / -xdev -name '*.certwright-*'")).toEqual(['', '', ''])
    await expectNothingToDo(now)
  })
})
