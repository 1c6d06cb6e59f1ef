// 1,000 and 10,000 hosts in 200 groups with group_vars: whole processes of certwright, against ansible-inventory --list
// on the larger. It prints and never judges a time; it fails when the two come to different inventories.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { formatRow, type Measured, measure, median } from './measure.ts'

/** ansible-inventory takes a third of a minute: fewer runs than elsewhere. */
const runs = Math.max(1, Math.ceil(Number(process.env.BENCH_RUNS ?? 7) / 3))
const groups = 200
const folder = mkdtempSync(join(tmpdir(), 'certwright-bench-'))

function writeInventory(hosts: number): string {
  const base = join(folder, String(hosts))
  mkdirSync(join(base, 'group_vars'), { recursive: true })
  const lines = ['all:', '  vars: { ansible_connection: local }', '  children:']
  for (let group = 0; group < groups; group += 1) {
    lines.push(`    group-${group}:`, `      vars: { region: r${group % 7} }`, '      hosts:')
    for (let host = group; host < hosts; host += groups)
      lines.push(`        host-${host}: { ansible_host: 10.1.${host >> 8}.${host & 255} }`)
    const vars = `rack: ${group}\nports: [1, 2, 3]\nnested: { a: 1, b: two }\n`
    writeFileSync(join(base, 'group_vars', `group-${group}.yml`), vars)
  }
  writeFileSync(join(base, 'hosts.yml'), `${lines.join('\n')}\n`)
  return join(base, 'hosts.yml')
}

const policy = `
variables: { rack: { type: integer, description: where the host is } }
defaults: { private_key: { type: ECDSA, size: 256 } }
authorities:
  ca: { subject: { common_name: ca }, held_by: control, certificate: { path: /pki/ca.crt }, private_key: { path: /pki/ca.key } }
certificates:
  leaf:
    authority: ca
    subject: { common_name: "{{ inventory_hostname }}" }
    subject_alt_name: ["{{ san(ansible_host) }}", "DNS:rack-{{ rack }}.example"]
    extended_key_usage: [serverAuth]
    certificate: { path: /pki/leaf.crt }
    private_key: { path: /pki/leaf.key }
services: { web: { manager: none, uses: { leaf: hot } } }
`

/** Order says nothing in Ansible's lists of hosts and children. */
function normalise(value: unknown): unknown {
  if (Array.isArray(value)) return [...value].sort()
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, normalise(each)]))
}

try {
  const small = writeInventory(1000)
  const large = writeInventory(10_000)
  writeFileSync(join(folder, 'policy.yml'), policy)
  writeFileSync(join(folder, 'play.yml'), '- { hosts: all, policy: policy.yml }\n')
  const program = [process.execPath, resolve('dist/main.js')]
  const list = (inventory: string) => [...program, 'inventory', 'list', '--format', 'json', '-i', inventory]
  const validate = (inventory: string) => [...program, 'validate', join(folder, 'play.yml'), '-i', inventory]
  const commands = {
    'certwright inventory, 1,000 hosts': list(small),
    'certwright inventory, 10,000 hosts': list(large),
    'certwright validate, 1,000 hosts': validate(small),
    'certwright validate, 10,000 hosts': validate(large),
    'ansible-inventory, 10,000 hosts': ['ansible-inventory', '-i', large, '--list'],
  }
  const measured: Record<string, Measured[]> = {}
  for (let index = 0; index < runs; index += 1)
    for (const [name, command] of Object.entries(commands))
      measured[name] = [...(measured[name] ?? []), measure(command)]
  const ours = JSON.parse(measured['certwright inventory, 10,000 hosts']?.[0]?.stdout ?? '')
  const theirs = JSON.parse(measured['ansible-inventory, 10,000 hosts']?.[0]?.stdout ?? '')
  if (!isDeepStrictEqual(normalise(ours), normalise(theirs))) throw new Error('the two inventories differ')
  console.log(`\nlarge inventories in ${groups} groups with group_vars, medians of ${runs} alternating runs`)
  for (const [name, each] of Object.entries(measured)) console.log(formatRow(name, each))
  const seconds = (name: string) => median((measured[name] ?? []).map((each) => each.seconds))
  const ratio = seconds('ansible-inventory, 10,000 hosts') / seconds('certwright inventory, 10,000 hosts')
  console.log(`certwright is ${ratio.toFixed(1)} times faster`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
