import { describe, expect, it } from 'vitest'
import { base } from '../cases/load/base.ts'
import { loadFiles } from '../support/load.ts'

const withPassphrase = base['policy.yml'].replace(
  'private_key: { path: /pki/ca.key }',
  'private_key: { path: /pki/ca.key, passphrase: "{{ ca_passphrase }}" }',
)
const policy = withPassphrase.replace('variables:\n', 'variables:\n  ca_passphrase: { type: string }\n')

async function loadWith(vars: string) {
  const loaded = await loadFiles({
    'policy.yml': policy,
    'play.yml': `- name: test\n  hosts: web\n  policy: policy.yml\n  vars:\n${vars.includes('address:') ? '' : '    address: 10.0.0.1\n'}${vars}`,
  })
  const ca = loaded.desired?.plays[0]?.pairs.find(({ name }) => name === 'ca')
  return { ...loaded, ca, told: loaded.diagnostics.map(({ code }) => code) }
}

describe('a secret among the variables', () => {
  it.each(['env:NAME', 'file:/etc/pass', 'exec:pass show etcd', 'exec:["pass", "show", "etcd"]'])(
    'is handed on as where it is, never as what it is: %s',
    async (reference) => {
      const { ca, told } = await loadWith(`    ca_passphrase: !secret ${JSON.stringify(reference)}\n`)
      expect(told).toEqual([])
      expect(ca?.key.passphrase).toBe(reference)
    },
  )

  it('reaches its place through other variables', async () => {
    const direct = await loadFiles({
      'policy.yml': policy.replace('days: {', 'vault_pass: { type: string, default: "" }\n  days: {'),
      'play.yml': `- hosts: web\n  policy: policy.yml\n  vars: { address: 10.0.0.1, vault_pass: !secret "env:A", ca_passphrase: "{{ days > 1 ? vault_pass : address }}" }\n`,
    })
    expect(direct.diagnostics).toEqual([])
    expect(direct.desired?.plays[0]?.pairs.find(({ name }) => name === 'ca')?.key.passphrase).toBe('env:A')
  })

  it('may stand in the policy itself, where a secret belongs', async () => {
    const { desired } = await loadFiles({
      'policy.yml': base['policy.yml'].replace(
        'path: /pki/ca.key',
        'path: /pki/ca.key, passphrase: !secret "file:/x"',
      ),
    })
    expect(desired?.plays[0]?.pairs.find(({ name }) => name === 'ca')?.key.passphrase).toBe('file:/x')
  })

  it.each([
    ['within a longer text', 'address: "{{ ca_passphrase }}-x"', 'secret-in-expression'],
    ['in a comparison', 'days: "{{ ca_passphrase == \'x\' ? 1 : 2 }}"', 'secret-in-expression'],
    ['in a function', 'days: "{{ size(ca_passphrase) }}"', 'secret-in-expression'],
    ['where a number is wanted', 'days: !secret "env:DAYS"', 'wrong-type'],
  ])('is refused %s', async (_name, line, code) => {
    const { told, desired } = await loadWith(`    ca_passphrase: !secret "env:NAME"\n    ${line}\n`)
    expect(told).toContain(code)
    expect(desired).toBeUndefined()
  })

  it.each(['hunter2', 'env:', 'env:A B', 'file:relative', 'http:x'])(
    'says where it is, not %j',
    async (text) => {
      const { told } = await loadWith(`    ca_passphrase: !secret ${JSON.stringify(text)}\n`)
      expect(told).toEqual(['invalid-secret'])
    },
  )

  it('comes in on the command line too', async () => {
    const { desired } = await loadFiles(
      { 'policy.yml': policy },
      { extraVars: ['ca_passphrase=!secret env:NAME'] },
    )
    expect(desired?.plays[0]?.pairs.find(({ name }) => name === 'ca')?.key.passphrase).toBe('env:NAME')
  })
})
