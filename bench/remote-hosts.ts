// Twenty "hosts" on one sshd of this machine, four certificates each, nothing to do: certwright plan against
// ansible-playbook --check with pipelining and 20 forks. Whole processes, alternating runs, medians, one ratio; and
// certwright's time per host with five hosts and with twenty. It prints and never judges a time.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startSshd } from '../test/support/sshd.ts'
import { formatRow, type Measured, measure, median } from './measure.ts'

/** ansible-playbook takes a minute: fewer runs than elsewhere. */
const runs = Math.max(1, Math.ceil(Number(process.env.BENCH_RUNS ?? 7) / 3))
const folder = mkdtempSync(join(tmpdir(), 'certwright-bench-'))
// Start-up files of whoever runs this are nobody's merit: bash reads them for ssh at the first level only.
const sshd = await startSshd(['SetEnv SHLVL=2'])

const leaf = (name: string, cn: string, san: string) => `
  ${name}:
    authority: ca
    subject: { common_name: ${cn} }
    subject_alt_name: [${san}]
    key_usage: [digitalSignature, keyEncipherment]
    extended_key_usage: [serverAuth, clientAuth]
    certificate: { path: /${name}.crt }
    private_key: { path: /${name}.key }`
const policy = `
defaults: { private_key: { type: RSA, size: 2048 }, validity: 3600d, renew_before: 15d }
authorities:
  ca:
    subject: { common_name: etcd }
    path_length: 1
    held_by: all
    validity: 3650d
    certificate: { path: /ca.crt }
    private_key: { path: /ca.key }
certificates:${leaf('etcd-server', 'etcd-server', '"IP:192.168.206.1", "IP:127.0.0.1"')}${leaf('etcd-client', 'root', '"DNS:root"')}${leaf('apiserver-etcd-client', 'apiserver-etcd-client', '"IP:192.168.206.1"')}
`

function writeInventory(count: number): string {
  const { port, user, privateKeyFile, sshArgs } = sshd.target
  const lines = [
    'all:',
    '  vars:',
    '    ansible_host: 127.0.0.1',
    `    ansible_port: ${port}`,
    `    ansible_user: ${user}`,
    `    ansible_ssh_private_key_file: ${privateKeyFile}`,
    `    ansible_ssh_common_args: "${sshArgs.join(' ')}"`,
    '    ansible_pipelining: true',
    '    ansible_python_interpreter: /usr/bin/python3',
    '    key_size: 2048',
    `    root: "${folder}/ansible/{{ inventory_hostname }}"`,
    '  hosts:',
  ]
  for (let index = 1; index <= count; index += 1) {
    for (const kind of ['ansible', 'certwright'])
      mkdirSync(join(folder, kind, `node-${index}`), { recursive: true })
    lines.push(`    node-${index}: { certwright_root: ${folder}/certwright/node-${index} }`)
  }
  const inventory = join(folder, `inventory-${count}.yml`)
  writeFileSync(inventory, `${lines.join('\n')}\n`)
  return inventory
}

try {
  writeFileSync(join(folder, 'policy.yml'), policy)
  writeFileSync(join(folder, 'play.yml'), '- { hosts: all, policy: policy.yml }\n')
  const [few, many] = [writeInventory(5), writeInventory(20)]
  const program = (command: string, inventory: string) => [
    process.execPath,
    resolve('dist/main.js'),
    command,
    join(folder, 'play.yml'),
    '-i',
    inventory,
  ]
  const ansible = ['ansible-playbook', '-f', '20', '-i', many, resolve('bench/ansible/etcd.yml')]
  measure([...program('apply', many), '--auto-approve'])
  measure(ansible)
  const commands = {
    'certwright plan, 5 hosts': program('plan', few),
    'certwright plan, 20 hosts': program('plan', many),
    'ansible-playbook --check, 20 hosts': [...ansible, '--check'],
  }
  const measured: Record<string, Measured[]> = {}
  for (let index = 0; index < runs; index += 1)
    for (const [name, command] of Object.entries(commands)) {
      const result = measure(command)
      if (!result.stdout.includes('Nothing to do') && !/changed=0\b/.test(result.stdout))
        throw new Error(`not a no-change run:\n${result.stdout}`)
      measured[name] = [...(measured[name] ?? []), result]
    }
  const seconds = (name: string) => median((measured[name] ?? []).map((each) => each.seconds))
  console.log(`\nno-change plan of remote hosts, four certificates each, medians of ${runs} alternating runs`)
  for (const [name, each] of Object.entries(measured)) console.log(formatRow(name, each))
  const perHost = [seconds('certwright plan, 5 hosts') / 5, seconds('certwright plan, 20 hosts') / 20]
  console.log(
    `certwright takes ${perHost.map((each) => each.toFixed(3)).join(' s a host of 5, ')} s a host of 20`,
  )
  const ratio = seconds('ansible-playbook --check, 20 hosts') / seconds('certwright plan, 20 hosts')
  console.log(`certwright is ${ratio.toFixed(1)} times faster`)
} finally {
  sshd.stop()
  rmSync(folder, { recursive: true, force: true })
}
