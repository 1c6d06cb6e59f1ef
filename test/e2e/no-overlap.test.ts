import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certwright, run } from '../support/certwright.ts'
import { freePort } from '../support/etcd.ts'
import { writeFiles } from '../support/workspace.ts'

const nodes = ['node-1', 'node-2', 'node-3']

describe('a Root CA is exchanged without an overlap, below a running cluster of three', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-no-overlap-'))
  const pki = (node: string, file: string) => join(folder, node, 'etc/etcd/pki', file)
  const ports: Record<string, { client: number; peer: number }> = {}
  const go = (command: string, ...args: string[]) =>
    certwright([command, 'play.yml', '-i', 'inventory.yml', ...args], { cwd: folder })
  const act = (node: string, verb: string) =>
    execFileSync(join(folder, `${node}-control`), [verb], { stdio: 'ignore' })

  /** By whichever member takes it, with the client pair as it is now, or as it was. */
  const put = (client = pki('node-1', 'client')) =>
    run(
      'etcdctl',
      [
        `--endpoints=${nodes.map((node) => `https://127.0.0.1:${ports[node]?.client}`).join(',')}`,
        `--cacert=${pki('node-1', 'ca.crt')}`,
        `--cert=${client}.crt`,
        `--key=${client}.key`,
        '--dial-timeout=2s',
        '--command-timeout=2s',
        'put',
        'key',
        'value',
      ],
      { env: { ETCDCTL_API: '3' } },
    )

  beforeAll(async () => {
    for (const node of nodes) ports[node] = { client: await freePort(), peer: await freePort() }
    for (const node of nodes) {
      const control = join(folder, `${node}-control`)
      writeFileSync(control, controlScript(node))
      chmodSync(control, 0o755)
    }
    const manager = `manager: command\n    command: { restart: ["${folder}/{{ inventory_hostname }}-control", restart], is_active: ["${folder}/{{ inventory_hostname }}-control", active], uptime: ["${folder}/{{ inventory_hostname }}-control", uptime] }`
    const shipped = readFileSync('playbooks/policies/etcd-cluster.yml', 'utf8')
    const hosts = nodes.map((node) => {
      const { client, peer } = ports[node] ?? {}
      return `    ${node}: { certwright_root: ${node}, client_port: ${client}, peer_port: ${peer} }\n`
    })
    await writeFiles(folder, {
      'policy.yml': shipped
        .replace('manager: "{{ member_manager }}"', manager)
        // What is asked with a command sees the machine's own root.
        .replace('- "{{ etcd_folder }}"', `- "${folder}/{{ inventory_hostname }}/etc/etcd/pki"`),
      'play.yml': '- { name: cluster, hosts: etcd, policy: policy.yml, serial: 1 }\n',
      'inventory.yml': `control:\n  hosts: { control: { ansible_connection: local, certwright_root: control } }\netcd:\n  vars: { ansible_connection: local, member_address: 127.0.0.1 }\n  hosts:\n${hosts.join('')}`,
    })
  })
  afterAll(() => {
    for (const node of nodes) act(node, 'stop')
    rmSync(folder, { recursive: true, force: true })
  })

  function controlScript(node: string): string {
    const { client, peer } = ports[node] ?? {}
    const cluster = nodes.map((each) => `${each}=https://127.0.0.1:${ports[each]?.peer}`).join(',')
    return `#!/bin/sh
cd '${folder}' || exit 1
running() { [ -f ${node}.pid ] && kill -0 "$(cat ${node}.pid)" 2>/dev/null; }
start() {
  setsid etcd --name=${node} --data-dir=${node}-data \\
    --listen-client-urls=https://127.0.0.1:${client} --advertise-client-urls=https://127.0.0.1:${client} \\
    --listen-peer-urls=https://127.0.0.1:${peer} --initial-advertise-peer-urls=https://127.0.0.1:${peer} \\
    --initial-cluster=${cluster} --client-cert-auth --trusted-ca-file=${pki(node, 'ca.crt')} \\
    --cert-file=${pki(node, 'server.crt')} --key-file=${pki(node, 'server.key')} \\
    --peer-client-cert-auth --peer-trusted-ca-file=${pki(node, 'ca.crt')} \\
    --peer-cert-file=${pki(node, 'peer.crt')} --peer-key-file=${pki(node, 'peer.key')} >${node}.log 2>&1 </dev/null &
  echo $! >${node}.pid
}
stop() { running && kill "$(cat ${node}.pid)"; while running; do sleep 0.05; done; rm -f ${node}.pid; }
case $1 in
  start) start ;;
  stop) stop ;;
  restart) stop; start; echo restarted >>${node}.restarts ;;
  active) running ;;
  uptime) running && ps -o etimes= -p "$(cat ${node}.pid)" ;;
esac
`
  }

  it('in one batch: the members are back together after seconds, and refuse what the old one has signed', {
    timeout: 300_000,
  }, async () => {
    expect(await go('apply', '--auto-approve')).toMatchObject({ code: 0, stderr: expect.any(String) })
    for (const node of nodes) act(node, 'start')
    await expect.poll(async () => (await put()).stdout, { timeout: 60_000, interval: 500 }).toBe('OK\n')
    const old = { client: join(folder, 'old-client'), authority: join(folder, 'old-ca.crt') }
    for (const end of ['crt', 'key']) copyFileSync(pki('node-1', `client.${end}`), `${old.client}.${end}`)
    copyFileSync(pki('node-1', 'ca.crt'), old.authority)
    await sleep(1500)

    let isOver = false
    let [lastMs, outageMs] = [performance.now(), 0]
    const writing = (async () => {
      while (!isOver) {
        if ((await put()).stdout === 'OK\n') {
          outageMs = Math.max(outageMs, performance.now() - lastMs)
          lastMs = performance.now()
        }
        await sleep(50)
      }
    })()
    const ran = await go(
      'rotate',
      'etcd-ca',
      '--no-overlap',
      '--allow',
      'authorities=1',
      '--auto-approve',
      '-v',
    )
    await expect.poll(() => performance.now() - lastMs, { timeout: 30_000 }).toBeLessThan(1500)
    isOver = true
    await writing
    console.log(`outage of writes: ${(outageMs / 1000).toFixed(1)} s`)

    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('etcd') })
    expect(ran.stdout.match(/trusts the new etcd-ca, not CN=etcd-ca/g)).toHaveLength(3)
    expect(outageMs).toBeLessThan(30_000)
    for (const node of nodes)
      expect(readFileSync(join(folder, `${node}.restarts`), 'utf8')).toBe('restarted\n')
    expect((await put()).stdout).toBe('OK\n')
    expect((await put(old.client)).stdout).toBe('')
    expect(readFileSync(pki('node-3', 'ca.crt'), 'utf8')).toBe(readFileSync(pki('node-1', 'ca.crt'), 'utf8'))
    expect(readFileSync(pki('node-1', 'ca.crt'), 'utf8')).not.toBe(readFileSync(old.authority, 'utf8'))
    const [key] = (await run('find', [join(folder, 'control'), '-name', 'etcd-ca.key'])).stdout
      .trim()
      .split('\n')
    expect(existsSync(key ?? '')).toBe(true)
    expect(existsSync((key ?? '').replace('.key', '.previous.key'))).toBe(false)
    expect((await go('plan', '--detailed-exitcode')).code).toBe(0)
  })
})
