import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diskFiles } from '../../src/cli/read-files.ts'
import { load } from '../../src/load/load.ts'
import type { DesiredService } from '../../src/model/desired.ts'
import { certwright, run } from '../support/certwright.ts'
import { freePort } from '../support/etcd.ts'
import { makeSecrets } from '../support/secrets.ts'
import { makeFolder, writeFiles } from '../support/workspace.ts'

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

  /** As it is where its files are not below a root, and somebody restarts it. */
  async function loadService(node: string): Promise<DesiredService> {
    const said = { etcd_folder: dirname(pki(node, 'ca.crt')), member_manager: 'systemd' }
    const extraVars = { ...said, client_port: ports[node]?.client, peer_port: ports[node]?.peer }
    const { desired } = await load(
      {
        playbook: resolve('playbooks/etcd-cluster.yml'),
        inventories: [join(folder, 'inventory.yml')],
        extraVars: [JSON.stringify(extraVars)],
        at: new Date(),
        cwd: folder,
        secrets: makeSecrets(),
      },
      diskFiles,
    )
    const found = desired?.plays[0]?.services.find(({ host }) => host === node)
    if (!found) throw new Error('not loaded')
    return found
  }

  async function runLeads(node: string): Promise<number | null> {
    const [program = '', ...args] = (await loadService(node)).leads ?? []
    return (await run(program, args)).code
  }

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

  it('tells which member leads, and where each names whom it trusts', async () => {
    const { stdout: status } = await etcdctl('node-1', 'endpoint', 'status', '--cluster', '--write-out=json')
    const ids = /"member_id":(\d+).*?"leader":(\d+)/g
    const leads = [...status.matchAll(ids)].map(([, member, leader]) => member === leader)
    expect(leads.toSorted()).toEqual([false, false, true])
    const told = await Promise.all(nodes.map((node) => runLeads(node)))
    expect(told.toSorted()).toEqual([0, 1, 1])
    const leader = nodes[told.indexOf(0)] ?? ''
    const own = (await etcdctl(leader, 'endpoint', 'status', '--write-out=json')).stdout
    const [, member, led] = /"member_id":(\d+).*?"leader":(\d+)/.exec(own) ?? []
    expect(member).toBe(led)
    for (const node of nodes)
      for (const { hostname, port } of (await loadService(node)).probe?.trust ?? []) {
        const script = `openssl s_client -connect ${hostname}:${port} -tls1_2 </dev/null 2>/dev/null`
        const { stdout } = await run('sh', ['-c', script])
        expect(stdout).toMatch(/Acceptable client certificate CA names\nCN ?= ?etcd-ca/)
      }
  })

  it('says that no member leads which cannot be asked', async () => {
    const argv = (await loadService('node-1')).leads ?? []
    const port = await freePort()
    const closed = argv.map((each) => each.replace(`:${ports['node-1']?.client}`, `:${port}`))
    expect(closed).not.toEqual(argv)
    expect((await run(closed[0] ?? '', closed.slice(1))).code).toBe(1)
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

it('the shipped etcd cluster policy adopts an authority that has no room for another one below it', async () => {
  const folder = makeFolder()
  const shipped = readFileSync('playbooks/policies/etcd-cluster.yml', 'utf8')
  const earlier = shipped.replace(/ +path_length: 1.*\n.*ignore_differences.*\n/, '    path_length: 0\n')
  expect(earlier).not.toBe(shipped)
  await writeFiles(folder, {
    'policy.yml': earlier,
    'earlier.yml': '- { hosts: etcd, policy: policy.yml, serial: 1 }\n',
    'inventory.yml':
      'all:\n  hosts: { control: { ansible_connection: local, certwright_root: control } }\netcd:\n  hosts: { node-1: { ansible_connection: local, certwright_root: node, member_address: 10.0.0.1, member_manager: none } }\n',
  })
  const go = (command: string, playbook: string, ...args: string[]) =>
    certwright([command, playbook, '-i', 'inventory.yml', ...args], { cwd: folder })
  expect(await go('apply', 'earlier.yml', '--auto-approve')).toMatchObject({ code: 0 })
  const certificate = join(folder, 'node/etc/etcd/pki/ca.crt')
  expect((await run('openssl', ['x509', '-noout', '-text', '-in', certificate])).stdout).toContain(
    'pathlen:0',
  )
  const planned = await go('plan', resolve('playbooks/etcd-cluster.yml'), '--detailed-exitcode')
  expect(planned).toMatchObject({ code: 0, stderr: '' })
})
