import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeFiles } from '../support/workspace.ts'
import { controller, floatingAddress } from './controller.ts'
import { expectCode } from './expect-code.ts'
import { type Lab, openLab } from './lab.ts'
import { splitPem } from './member.ts'

const files = ['ca', 'etcd-server', 'etcd-client'].flatMap((stem) => [`${stem}.crt`, `${stem}.key`])
const shared = '/opt/platform/config/current/etcd'

/** What the platform's service manager asks of etcd, to tell whether it runs. */
const supervise = (folder: string) =>
  `ETCDCTL_API=3 etcdctl --cacert ${folder}/ca.crt --cert ${folder}/etcd-server.crt --key ${folder}/etcd-server.key --endpoints=https://${floatingAddress}:2379 --dial-timeout=5s --command-timeout=20s endpoint health`

/** What the platform's cron job does to renew a leaf, and what etcd says of the outcome. */
const renewByCron = (folder: string) => `
set -e
cd "$(mktemp -d)"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key -out leaf.csr -subj /CN=root 2>/dev/null
printf 'keyUsage=critical,digitalSignature\\nextendedKeyUsage=serverAuth,clientAuth\\n' >leaf.ext
openssl x509 -req -in leaf.csr -CA ${folder}/ca.crt -CAkey ${folder}/ca.key -CAserial serial -CAcreateserial -days 1 -extfile leaf.ext -out leaf.crt 2>&1
ETCDCTL_API=3 etcdctl --cacert ${folder}/ca.crt --cert leaf.crt --key leaf.key --endpoints=https://${floatingAddress}:2379 --dial-timeout=5s --command-timeout=20s put cron job`

describe('the Root CA of a StarlingX controller pair', { timeout: 600_000 }, () => {
  let lab: Lab
  let playbook: string

  const go = (command: string, ...args: string[]) =>
    lab.certwright(command, playbook, ...args, '-i', 'inventory.json')
  const rotate = (...args: string[]) => go('rotate', 'etcd-ca', '--auto-approve', ...args)
  const active = () => lab.host('controller-0')
  const standby = () => lab.host('controller-1')
  const pid = (process: string) => active().run(`pgrep -ox ${process}`)
  const writes = (name: string) => lab.host(name).read('/var/log/kube-apiserver.log').trim().split('\n')
  const generations = () => splitPem(active().read('/etc/etcd/ca.crt')).map((each) => each.fingerprint256)

  /** The platform goes on as ever: on the active controller, with its files and with those that the standby comes up with. */
  const expectPlatformContent = (phase: string) => {
    for (const folder of ['/etc/etcd', shared]) {
      expect(active().run(`${supervise(folder)} 2>&1`), `${phase}, ${folder}`).toContain('is healthy')
      expect(active().run(renewByCron(folder)), `${phase}, ${folder}`).toMatch(/OK$/)
    }
    for (const file of files) {
      const bytes = active().read(`/etc/etcd/${file}`)
      expect(standby().read(`/etc/etcd/${file}`), `${file} after ${phase}`).toBe(bytes)
      expect(readFileSync(join(lab.folder, 'platform', file), 'utf8'), `${file} after ${phase}`).toBe(bytes)
    }
  }
  const expectWrites = async () => {
    for (const name of ['controller-0', 'controller-1']) {
      const enough = writes(name).length + 2
      await expect.poll(() => writes(name).length, { timeout: 60_000 }).toBeGreaterThan(enough)
      expect(writes(name).slice(-1), name).toEqual(['written'])
    }
  }

  /** Phase by phase, with all checks between; what the CA file trusted after each, in its order. */
  async function walk(phases: readonly string[]): Promise<string[][]> {
    const seen: string[][] = []
    for (const phase of phases) {
      expectCode(await rotate('--until', phase), 0)
      expectPlatformContent(phase)
      await expectWrites()
      seen.push(generations())
    }
    const { changes, rotations } = JSON.parse((await go('plan', '--format', 'json')).stdout)
    expect({ changes, rotations }).toEqual({ changes: [], rotations: [] })
    return seen
  }

  beforeAll(async () => {
    playbook = resolve('playbooks/starlingx-etcd.yml')
    lab = await openLab({
      'controller-0': controller('10.77.0.11'),
      'controller-1': controller('10.77.0.12'),
    })
    active().run(`ip addr add ${floatingAddress}/24 dev host0`)
    const hosts = Object.fromEntries(
      [active(), standby()].map(({ name, address }) => [name, { ansible_host: address }]),
    )
    const vars = {
      ...lab.sshVars,
      cluster_floating_address: floatingAddress,
      validity: '365d',
      key_type: 'ECDSA',
      key_size: 256,
    }
    const shipped = readFileSync(resolve('playbooks/policies/starlingx-etcd.yml'), 'utf8')
    const [before, after] = shipped.split('    held_by: all')
    await writeFiles(lab.folder, {
      'inventory.json': JSON.stringify({ controllers: { hosts, vars } }),
      'bundle.yml': readFileSync(playbook, 'utf8'),
      'policies/starlingx-etcd.yml': `${before}    rotation: { method: bundle }\n    held_by: all${after}`,
    })
    expectCode(await go('apply', '--auto-approve'), 0)
    active().run('systemctl start etcd kube-apiserver')
    standby().run('systemctl start kube-apiserver')
  })
  afterAll(() => lab?.close())

  it('gives way to another one behind a bridge, and the platform is content all the time', async () => {
    await expectWrites()
    const [old] = generations()
    const before = pid('etcd')
    const [prepared, signed, distrusted, finished] = await walk(['prepare', 'sign', 'distrust', 'finish'])
    expect([prepared, signed]).toEqual([[old], [old]])
    expect(distrusted).toHaveLength(1)
    expect(distrusted).not.toEqual([old])
    expect(finished).toEqual(distrusted)
    expect(pid('etcd')).not.toBe(before)
    expect(active().read('/var/log/sm.log')).toBe('service etcd\n')
  })

  it('gives way with both trusted for a time, and the first of them is the one whose key lies beside it', async () => {
    playbook = 'bundle.yml'
    const [old] = generations()
    const [prepared, trusted, signed, distrusted, finished] = await walk([
      'prepare',
      'trust',
      'sign',
      'distrust',
      'finish',
    ])
    const [, next] = trusted ?? []
    expect({ prepared, trusted, signed, distrusted, finished }).toEqual({
      prepared: [old],
      trusted: [old, next],
      signed: [next, old],
      distrusted: [next],
      finished: [next],
    })
    expect(active().read('/var/log/sm.log').trim().split('\n')).toHaveLength(3)
  })
})
