import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { diskFiles } from '../../src/cli/read-files.ts'
import { load } from '../../src/load/load.ts'
import type { Desired } from '../../src/model/desired.ts'
import { start } from '../support/engine.ts'
import { loadFiles } from '../support/load.ts'
import { makeSecrets } from '../support/secrets.ts'

async function loadShipped(playbook: string, inventory: string, extraVars: string[] = []): Promise<Desired> {
  const request = { playbook, inventories: [inventory], extraVars, at: new Date(start), cwd: resolve('.') }
  const { desired, diagnostics } = await load({ ...request, secrets: makeSecrets() }, diskFiles)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  if (!desired) throw new Error('not loaded')
  return desired
}

describe('the shipped StarlingX policy', () => {
  it('wants the four certificates at their real paths, ten years, RSA 4096, renewed 15 days before expiry', async () => {
    const desired = await loadShipped('playbooks/starlingx-etcd.yml', 'inventory/starlingx.yml')
    const pairs = desired.plays[0]?.pairs ?? []
    expect(
      pairs.map(({ id, placements }) => [
        id,
        placements[0]?.certificate.path,
        placements[0]?.privateKey?.path,
      ]),
    ).toEqual([
      ['authority/etcd-ca', '/etc/etcd/ca.crt', '/etc/etcd/ca.key'],
      ['certificate/etcd-server', '/etc/etcd/etcd-server.crt', '/etc/etcd/etcd-server.key'],
      ['certificate/etcd-client', '/etc/etcd/etcd-client.crt', '/etc/etcd/etcd-client.key'],
      [
        'certificate/apiserver-etcd-client',
        '/etc/kubernetes/pki/apiserver-etcd-client.crt',
        '/etc/kubernetes/pki/apiserver-etcd-client.key',
      ],
    ])
    for (const { key, validitySeconds } of pairs) {
      expect(key).toEqual({ type: 'RSA', size: 4096, rotation: 'always' })
      expect(validitySeconds).toBe(3650 * 86_400)
    }
    expect(pairs[1]).toMatchObject({
      subject: [{ type: 'CN', value: 'etcd-server' }],
      subjectAltName: ['IP:192.168.206.1', 'IP:127.0.0.1'],
      keyUsage: ['digitalSignature', 'keyEncipherment'],
      extendedKeyUsage: ['serverAuth', 'clientAuth'],
      renewBefore: { kind: 'seconds', seconds: 15 * 86_400 },
      authority: 'authority/etcd-ca',
    })
    expect(pairs[1]?.placements[0]?.copies[0]?.privateKey).toMatchObject({
      path: '/opt/platform/config/current/etcd/etcd-server.key',
      mode: 0o600,
      owner: 'root',
    })
    expect(desired.hosts['controller-0']).toEqual({
      name: 'controller-0',
      connection: 'local',
      become: { user: 'root' },
    })
  })

  it('restarts etcd before kube-apiserver, and only for the Root CA', async () => {
    const { plays } = await loadShipped('playbooks/starlingx-etcd.yml', 'inventory/starlingx.yml')
    expect(plays[0]?.services.map(({ name, uses }) => [name, uses])).toEqual([
      [
        'etcd',
        [
          { pair: 'certificate/etcd-server', effect: 'hot' },
          { pair: 'authority/etcd-ca', effect: 'restart' },
        ],
      ],
      [
        'kube-apiserver',
        [
          { pair: 'certificate/apiserver-etcd-client', effect: 'hot' },
          { pair: 'authority/etcd-ca', effect: 'restart' },
        ],
      ],
    ])
    expect(plays[0]?.services[0]?.probe).toMatchObject({
      kind: 'tls',
      hostname: '127.0.0.1',
      port: 2379,
      present: 'certificate/etcd-client',
      expect: 'certificate/etcd-server',
      trust: [{ hostname: '127.0.0.1', port: 2379 }],
    })
    expect(plays[0]?.services[1]?.probe).toMatchObject({
      kind: 'http',
      hostname: '127.0.0.1',
      port: 16443,
      target: '/readyz?verbose',
      status: [200, 500],
      body: '[+]etcd ok',
    })
    expect(plays[0]?.alarms['controller-0']).toMatchObject({
      policy: 'starlingx-etcd',
      sinks: [{ type: 'starlingx_fm', client: '/usr/local/bin/fmClientCli' }],
      renewal: { id: '250.003', severity: 'major' },
      expiring: { id: '500.200', beforeSeconds: 30 * 86_400 },
      expired: { id: '500.210', severity: 'critical' },
      rotation: { id: '500.220', severity: 'minor' },
    })
  })

  it('takes variables from the command line, with their types', async () => {
    const { plays } = await loadShipped('playbooks/starlingx-etcd.yml', 'inventory/sandbox.yml', [
      'key_type=ECDSA',
      '{"key_size": 384}',
    ])
    expect(plays[0]?.pairs[0]?.key).toMatchObject({ type: 'ECDSA', size: 384 })
    expect(plays[0]?.services[0]?.probe).toBeUndefined()
    expect(plays[0]?.alarms['controller-0']?.sinks).toEqual([])
  })
})

it('the shipped etcd cluster gives each member its own pairs, and keeps the authority on the control node', async () => {
  const { plays, hosts } = await loadShipped('playbooks/etcd-cluster.yml', 'inventory/sandbox.yml')
  const [play] = plays
  expect(play?.batches).toEqual([['node-1'], ['node-2'], ['node-3']])
  expect(Object.keys(hosts)).toEqual(['node-1', 'node-2', 'node-3', 'control'])
  expect(play?.pairs.map(({ id }) => id)).toEqual([
    'authority/etcd-ca',
    ...['server', 'peer'].flatMap((name) =>
      ['node-1', 'node-2', 'node-3'].map((host) => `certificate/${name}@${host}`),
    ),
    'certificate/client',
  ])
  const authority = play?.pairs[0]?.placements ?? []
  expect(authority.map(({ host, privateKey }) => [host, privateKey?.path])).toEqual([
    ['control', '/var/lib/certwright/authorities/etcd-ca.key'],
    ['node-1', undefined],
    ['node-2', undefined],
    ['node-3', undefined],
  ])
  expect(play?.pairs.find(({ id }) => id === 'certificate/server@node-2')?.subjectAltName).toEqual([
    'DNS:node-2',
    'DNS:localhost',
    'IP:10.0.0.2',
    'IP:127.0.0.1',
  ])
  expect(play?.pairs[0]).toMatchObject({
    basicConstraints: { ca: true, pathLength: 1 },
    rotation: { method: 'auto', start: 'manual' },
  })
})

it.each([
  ['10.0.0.2', '10.0.0.2'],
  ['fd00::2', 'fd00::2'],
])(
  'a member of the shipped etcd cluster at %s is asked by its clients and by its peers whom it trusts',
  async (member_address, hostname) => {
    const { plays } = await loadShipped('playbooks/etcd-cluster.yml', 'inventory/sandbox.yml', [
      JSON.stringify({ member_address, member_manager: 'systemd', client_port: 4001 }),
    ])
    const [service] = plays[0]?.services ?? []
    expect(service?.probe?.trust).toEqual([
      { hostname: '127.0.0.1', port: 4001 },
      { hostname, port: 2380 },
    ])
    expect(service?.leads?.slice(0, 2)).toEqual(['sh', '-c'])
    expect(service?.leads?.slice(3)).toEqual(['leads', '/etc/etcd/pki', '127.0.0.1:4001'])
  },
)

describe('variables', () => {
  const days = async (files: Record<string, string>, extraVars: string[] = []) => {
    const { desired, diagnostics } = await loadFiles(files, { extraVars })
    expect(diagnostics).toEqual([])
    return desired?.plays[0]?.pairs[1]?.validitySeconds
  }
  const inventory = (vars: string) => `web:\n  hosts:\n    node-1: { ansible_connection: local${vars} }\n`
  const play = (vars: string) =>
    `- hosts: web\n  policy: policy.yml\n  vars_files: [vars.yml]\n  vars: { address: 10.0.0.1${vars} }\n`
  const day = 86_400

  it('win in the order policy, inventory, vars_files, vars, -e', async () => {
    expect(await days({})).toBe(100 * day)
    expect(await days({ 'inventory.yml': inventory(', days: 101') })).toBe(101 * day)
    const files = { 'inventory.yml': inventory(', days: 101'), 'vars.yml': 'days: 102\n' }
    expect(await days({ ...files, 'play.yml': play('') })).toBe(102 * day)
    expect(await days({ ...files, 'play.yml': play(', days: 103') })).toBe(103 * day)
    expect(await days({ ...files, 'play.yml': play(', days: 103') }, ['days=104'])).toBe(104 * day)
    expect(
      await days({ ...files, 'play.yml': play(', days: 103'), 'extra.yml': 'days: 105\n' }, [
        'days=104',
        '@extra.yml',
      ]),
    ).toBe(105 * day)
  })

  it('may be several in one argument, as Ansible splits them', async () => {
    expect(await days({}, ['manager=none days=106'])).toBe(106 * day)
    expect(await days({}, ['manager=\'none\' days="107"'])).toBe(107 * day)
    expect(await days({}, ['{"days": 108, "manager": "none"}'])).toBe(108 * day)
  })

  it('may be expressions over other variables, groups and other hosts', async () => {
    const files = {
      'inventory.yml': `web:\n  hosts:\n    node-1: { ansible_connection: local, base: 50 }\n    node-2: { ansible_connection: local, base: 60 }\n`,
      'play.yml': `- hosts: web\n  policy: policy.yml\n  vars: { address: 10.0.0.1, days: "{{ hostvars['node-2'].base * size(groups['web']) }}" }\n`,
    }
    expect(await days(files)).toBe(120 * day)
  })

  it('know the folders of the playbook and of the inventory, and the groups of a host', async () => {
    const { desired, diagnostics } = await loadFiles({
      'play.yml': '- { hosts: web, policy: policy.yml, vars: { address: 10.0.0.1 } }\n',
      'policy.yml': (await import('../cases/load/base.ts')).base['policy.yml'].replace(
        'common_name: server',
        'common_name: "{{ playbook_dir }} {{ inventory_dir }} {{ group_names[0] }}"',
      ),
    })
    expect(diagnostics).toEqual([])
    expect(desired?.plays[0]?.pairs[1]?.subject).toContainEqual({
      type: 'CN',
      value: '/playground /playground web',
    })
  })

  it.each([
    ['-e without a name', ['=5'], 'invalid-extra-vars'],
    ['a value with a space that is not quoted', ['days=104 more'], 'invalid-extra-vars'],
    ['an empty -e', [''], 'invalid-extra-vars'],
    ['an unknown name', ['dyas=5'], 'unknown-variable'],
    ['a wrong type', ['days=many'], 'wrong-type'],
    ['a file that is not there', ['@nothing.yml'], 'unreadable-file'],
  ])('from the command line: %s is told', async (_name, extraVars, code) => {
    const { desired, diagnostics } = await loadFiles({}, { extraVars })
    expect(diagnostics.map((each) => each.code)).toContain(code)
    expect(desired).toBeUndefined()
  })
})

it('groups lay their variables under their children’s and their hosts’', async () => {
  const { desired } = await loadFiles({
    'inventory.yml': `
all: { vars: { ansible_connection: local, days: 101 } }
parent:
  vars: { days: 102 }
  children: { web: }
web: { hosts: { node-1: , node-2: { days: 104 } }, vars: { days: 103 } }
`,
  })
  expect(
    desired?.plays[0]?.pairs
      .filter(({ name }) => name === 'server')
      .map(({ validitySeconds }) => validitySeconds / 86_400),
  ).toEqual([103, 104])
})

it('a shared certificate that comes out differently on two hosts is told', async () => {
  const { diagnostics } = await loadFiles({
    'inventory.yml':
      'web:\n  vars: { ansible_connection: local }\n  hosts: { node-1: { days: 90 }, node-2: }\n',
    'policy.yml': (await import('../cases/load/base.ts')).base['policy.yml'].replace(
      '    authority: ca\n',
      '    authority: ca\n    scope: shared\n',
    ),
  })
  expect(diagnostics).toMatchObject([
    { code: 'shared-differs', source: { file: 'policy.yml', line: 17, col: 3 } },
  ])
})

it('an inventory may call its variables what CEL keeps for itself, and other expressions do not mind', async () => {
  const words =
    'as break const continue else false for function if import in let loop namespace null package prototype return true var void while int list type'
  const vars = words.split(' ').map((word) => `      ${word}: x\n`)
  const { desired, diagnostics } = await loadFiles({
    'inventory.yml': `web:\n  hosts:\n    node-1:\n      ansible_connection: local\n${vars.join('')}`,
    'play.yml':
      "- { name: test, hosts: web, policy: policy.yml, vars: { address: \"{{ hostvars[inventory_hostname]['namespace'] == 'x' ? '10.0.0.1' : '' }}\" } }\n",
  })
  expect(diagnostics).toEqual([])
  expect(desired?.plays[0]?.pairs[1]?.subjectAltName).toContain('IP:10.0.0.1')
})
