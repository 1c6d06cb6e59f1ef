import { describe, expect, it } from 'vitest'
import { loadFiles } from '../support/load.ts'

const folders = { state: '/home/op/.local/state/certwright', data: '/home/op/.local/share/certwright' }
const policy = (key = '{ path: "{{ certwright_data }}/ca.key" }', certificate = '{ path: /pki/ca.crt }') => `
defaults:
  private_key: { type: ECDSA, owner: etcd, group: etcd }
  certificate: { owner: etcd, group: etcd }
authorities:
  ca:
    subject: { common_name: ca }
    held_by: control
    certificate: ${certificate}
    private_key: ${key}
`
const play = '- { hosts: web, policy: policy.yml }\n'
const members = (more = '') =>
  `all:\n  children:\n    web:\n      hosts: { node-1: { ansible_connection: ssh } }\n${more}`
const control = (vars: string) => `  hosts: { control: { ${vars} } }\n`

async function loadControl(files: Record<string, string> = {}, extraVars: string[] = []) {
  const all = { 'policy.yml': policy(), 'play.yml': play, 'inventory.yml': members(), ...files }
  const { desired, diagnostics } = await loadFiles(all, { folders, extraVars })
  expect(diagnostics).toEqual([])
  const [placement, onMember] = desired?.plays[0]?.pairs[0]?.placements ?? []
  return { target: desired?.hosts.control, placement, onMember }
}

describe('the control node of a user who is not root', () => {
  it('keeps state and keys in folders of that user, whose the files are', async () => {
    const { target, placement, onMember } = await loadControl()
    expect(target).toEqual({ name: 'control', connection: 'local', state: folders.state })
    expect([placement?.privateKey?.path, placement?.certificate.path]).toEqual([
      `${folders.data}/ca.key`,
      `${folders.data}/ca.crt`,
    ])
    for (const file of [placement?.privateKey, placement?.certificate]) {
      expect(file).not.toHaveProperty('owner')
      expect(file).not.toHaveProperty('group')
    }
    expect(onMember?.certificate).toMatchObject({ path: '/pki/ca.crt', owner: 'etcd', group: 'etcd' })
  })

  it('gives them to whom the authority says its key belongs, and nobody else that it names', async () => {
    const key = '{ path: /ca.key, owner: ca, group: ca }'
    const certificate = '{ path: /pki/ca.crt, owner: etcd, group: etcd }'
    const { placement } = await loadControl({ 'policy.yml': policy(key, certificate) })
    expect(placement).toMatchObject({
      privateKey: { owner: 'ca', group: 'ca' },
      certificate: { owner: 'ca', group: 'ca' },
    })
  })

  it.each<[string, Record<string, string>, string[], string]>([
    [
      'below a root',
      { 'inventory.yml': members(control('certwright_root: sandbox')) },
      [],
      '/var/lib/certwright',
    ],
    [
      'elsewhere',
      { 'inventory.yml': members(control('ansible_connection: ssh')) },
      [],
      '/var/lib/certwright',
    ],
    ['that says where', { 'inventory.yml': members(control('certwright_data: /srv/ca')) }, [], '/srv/ca'],
    ['named for all', { 'inventory.yml': members('  vars: { certwright_data: /srv/ca }\n') }, [], '/srv/ca'],
    ['named on the command line', {}, ['certwright_data=/srv/ca'], '/srv/ca'],
  ])('%s keeps keys elsewhere', async (_, files, extraVars, folder) => {
    const { placement } = await loadControl(files, extraVars)
    expect(placement?.privateKey?.path).toBe(`${folder}/ca.key`)
  })

  it('below a root, or elsewhere, keeps its state where every host does', async () => {
    for (const vars of ['certwright_root: sandbox', 'ansible_connection: ssh'])
      expect((await loadControl({ 'inventory.yml': members(control(vars)) })).target).not.toHaveProperty(
        'state',
      )
  })
})

it('the control node of root keeps all of it where it always did', async () => {
  const files = { 'policy.yml': policy(), 'play.yml': play, 'inventory.yml': members() }
  const { desired } = await loadFiles(files)
  expect(desired?.hosts.control).toEqual({ name: 'control', connection: 'local' })
  expect(desired?.plays[0]?.pairs[0]?.placements[0]?.privateKey?.path).toBe('/var/lib/certwright/ca.key')
})
