import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeFiles } from '../support/workspace.ts'
import { floatingAddress } from './controller.ts'
import { type ControllerPair, openPair, sharedFolder } from './controller-pair.ts'
import { expectCode } from './expect-code.ts'
import { splitPem } from './member.ts'

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

/**
 * Both without a pause, for as long as this runs: a line for every time that etcd ran and was found not to, or that nothing
 * could be signed. While it is restarted, and only then, it may well not answer.
 */
const watch = `
state() { echo "$(pgrep -ox etcd) $(systemctl is-active etcd)"; }
complain() { case "$1" in *' active') [ "$1" != "$(state)" ] || echo "$folder: $said" >>/var/log/watch.log ;; esac; }
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -out /run/watch.csr -subj /CN=root 2>/dev/null
while sleep 0.2; do
  for folder in /etc/etcd ${sharedFolder}; do
    before=$(state)
    said=$(${supervise('$folder')} 2>&1) || complain "$before"
    said=$(openssl x509 -req -in /run/watch.csr -CA $folder/ca.crt -CAkey $folder/ca.key -set_serial 1 -days 1 -out /dev/null 2>&1) || echo "$folder: $said" >>/var/log/watch.log
  done
  echo round >>/var/log/watch.rounds
done
`

describe('the Root CA of a StarlingX controller pair', { timeout: 1_200_000 }, () => {
  let pair: ControllerPair
  let playbook: string

  const go = (command: string, ...args: string[]) =>
    pair.lab.certwright(command, playbook, ...args, '-i', 'inventory.json')
  const rotate = (...args: string[]) => go('rotate', 'etcd-ca', '--auto-approve', ...args)
  const generations = () => splitPem(pair.active.read('/etc/etcd/ca.crt')).map((each) => each.fingerprint256)

  /** The platform goes on as ever: on the active controller, with its files and with those that the standby comes up with. */
  const expectPlatformContent = (phase: string) => {
    for (const folder of ['/etc/etcd', sharedFolder]) {
      expect(pair.active.run(`${supervise(folder)} 2>&1`), `${phase}, ${folder}`).toContain('is healthy')
      expect(pair.active.run(renewByCron(folder)), `${phase}, ${folder}`).toMatch(/OK$/)
    }
    pair.expectSameFiles(`after ${phase}`)
  }
  const expectWrites = async () => {
    for (const host of [pair.active, pair.standby]) await pair.expectWrites(host)
  }

  /** Nothing came up in the rounds since it was asked last, of which there were some. */
  const expectQuietWatch = () => {
    expect(pair.active.read('/var/log/watch.log')).toBe('')
    expect(pair.active.read('/var/log/watch.rounds').split('\n').length).toBeGreaterThan(5)
    pair.active.run(': >/var/log/watch.rounds')
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
    expectQuietWatch()
    const { changes, rotations } = JSON.parse((await go('plan', '--format', 'json')).stdout)
    expect({ changes, rotations }).toEqual({ changes: [], rotations: [] })
    return seen
  }

  beforeAll(async () => {
    playbook = resolve('playbooks/starlingx-etcd.yml')
    pair = await openPair(
      { validity: '365d', key_type: 'ECDSA', key_size: 256 },
      { '/usr/local/bin/watch-etcd': `#!/bin/bash${watch}` },
    )
    const shipped = readFileSync(resolve('playbooks/policies/starlingx-etcd.yml'), 'utf8')
    const [before, after] = shipped.split('    held_by: all')
    await writeFiles(pair.lab.folder, {
      'bundle.yml': readFileSync(playbook, 'utf8'),
      'policies/starlingx-etcd.yml': `${before}    rotation: { method: bundle }\n    held_by: all${after}`,
    })
    expectCode(await go('apply', '--auto-approve'), 0)
    pair.active.run('systemctl start etcd kube-apiserver')
    pair.standby.run('systemctl start kube-apiserver')
    pair.active.run(': >/var/log/watch.log; systemd-run --quiet --unit=watch-etcd watch-etcd')
  })
  afterAll(() => pair?.lab.close())

  it('gives way to another one behind a bridge, and the platform is content all the time', async () => {
    await expectWrites()
    const [old] = generations()
    const before = pair.pid('etcd')
    const [prepared, signed, distrusted, finished] = await walk(['prepare', 'sign', 'distrust', 'finish'])
    expect([prepared, signed]).toEqual([[old], [old]])
    expect(distrusted).toHaveLength(1)
    expect(distrusted).not.toEqual([old])
    expect(finished).toEqual(distrusted)
    expect(pair.pid('etcd')).not.toBe(before)
    expect(pair.active.read('/var/log/sm.log')).toBe('service etcd\n')
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
    expect(pair.active.read('/var/log/sm.log').trim().split('\n')).toHaveLength(3)
  })
})
