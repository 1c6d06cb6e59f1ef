import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certwright, run } from '../support/certwright.ts'
import { freePort } from '../support/etcd.ts'
import { writeFiles } from '../support/workspace.ts'

const nodes = ['node-1', 'node-2', 'node-3']

describe('the shipped etcd cluster policy, with a real cluster of three', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-cluster-'))
  const pki = (node: string, file: string) => join(folder, node, 'etc/etcd/pki', file)
  const members: ChildProcess[] = []
  const ports: Record<string, { client: number; peer: number }> = {}
  const go = (command: string, ...args: string[]) =>
    certwright([command, resolve('playbooks/etcd-cluster.yml'), '-i', 'inventory.yml', ...args], {
      cwd: folder,
    })

  function startMember(node: string): ChildProcess {
    const { client = 0, peer = 0 } = ports[node] ?? {}
    const cluster = nodes.map((each) => `${each}=https://127.0.0.1:${ports[each]?.peer}`).join(',')
    const args = [
      `--name=${node}`,
      `--data-dir=${join(folder, `${node}-data`)}`,
      `--listen-client-urls=https://127.0.0.1:${client}`,
      `--advertise-client-urls=https://127.0.0.1:${client}`,
      `--listen-peer-urls=https://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=https://127.0.0.1:${peer}`,
      `--initial-cluster=${cluster}`,
      '--client-cert-auth',
      `--trusted-ca-file=${pki(node, 'ca.crt')}`,
      `--cert-file=${pki(node, 'server.crt')}`,
      `--key-file=${pki(node, 'server.key')}`,
      '--peer-client-cert-auth',
      `--peer-trusted-ca-file=${pki(node, 'ca.crt')}`,
      `--peer-cert-file=${pki(node, 'peer.crt')}`,
      `--peer-key-file=${pki(node, 'peer.key')}`,
    ]
    return spawn('etcd', args, { stdio: 'ignore' })
  }

  const etcdctl = (node: string, ...args: string[]) =>
    run(
      'etcdctl',
      [
        `--endpoints=https://127.0.0.1:${ports[node]?.client}`,
        `--cacert=${pki(node, 'ca.crt')}`,
        `--cert=${pki(node, 'client.crt')}`,
        `--key=${pki(node, 'client.key')}`,
        '--dial-timeout=3s',
        '--command-timeout=5s',
        ...args,
      ],
      { env: { ETCDCTL_API: '3' } },
    )

  beforeAll(async () => {
    for (const node of nodes) ports[node] = { client: await freePort(), peer: await freePort() }
    const hosts = nodes.map(
      (node) => `    ${node}: { certwright_root: ${node}, member_address: 127.0.0.1 }\n`,
    )
    await writeFiles(folder, {
      'inventory.yml': `control:\n  hosts: { control: { ansible_connection: local, certwright_root: control } }\netcd:\n  vars: { ansible_connection: local, member_manager: none }\n  hosts:\n${hosts.join('')}`,
    })
  })
  afterAll(() => {
    for (const member of members) member.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  it('gives every member its certificates, and no member the key of the authority', async () => {
    const ran = await go('apply', '--auto-approve')
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('Applied: 13 done of 13 tasks') })
    expect((await go('plan', '--detailed-exitcode')).code).toBe(0)
    for (const node of nodes) {
      for (const file of ['server.crt', 'peer.crt', 'client.crt']) {
        const verified = await run('openssl', [
          'verify',
          '-x509_strict',
          '-CAfile',
          pki(node, 'ca.crt'),
          pki(node, file),
        ])
        expect(verified.stdout).toContain('OK')
      }
      expect(existsSync(pki(node, 'ca.key'))).toBe(false)
    }
    const [first, second] = nodes.map((node) => readFileSync(pki(node, 'server.key'), 'utf8'))
    expect(first).not.toBe(second)
  })

  it('lets the members find each other and take writes', async () => {
    members.push(...nodes.map(startMember))
    await expect
      .poll(async () => (await etcdctl('node-1', 'put', 'key', 'value')).stdout, {
        timeout: 60_000,
        interval: 500,
      })
      .toBe('OK\n')
    expect((await etcdctl('node-3', 'get', 'key', '--print-value-only')).stdout).toBe('value\n')
  })

  it('renews every leaf while the cluster runs, and new connections are served the new ones', async () => {
    const at = new Date(Date.now() + 250 * 86_400_000).toISOString().slice(0, 10)
    const before = readFileSync(pki('node-2', 'server.crt'), 'utf8')
    const ran = await go('apply', '--auto-approve', '--at', at)
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('Plan: 9 to renew · no restart') })
    const { client } = ports['node-2'] ?? { client: 0 }
    const served = await run('sh', [
      '-c',
      `openssl s_client -connect 127.0.0.1:${client} </dev/null 2>/dev/null | openssl x509`,
    ])
    expect(served.stdout).toBe(readFileSync(pki('node-2', 'server.crt'), 'utf8'))
    expect(served.stdout).not.toBe(before)
    expect(members.map(({ exitCode }) => exitCode)).toEqual(nodes.map(() => null))
    expect((await go('plan', '--detailed-exitcode', '--at', at)).code).toBe(0)
  })
})
