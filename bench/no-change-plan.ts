// The whole process of a plan that has nothing to do, against ansible-playbook --check on the same four certificates.
// Alternating runs, medians, one ratio. It prints and never judges a time; it fails when a command fails or has changes.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { formatRow, type Measured, measure, median } from './measure.ts'

const runs = Number(process.env.BENCH_RUNS ?? 7)
const folder = mkdtempSync(join(tmpdir(), 'certwright-bench-'))

function prepare(): { certwright: string[]; ansible: string[] } {
  const inventory = join(folder, 'inventory.yml')
  const sandbox = readFileSync(resolve('inventory/sandbox.yml'), 'utf8')
  writeFileSync(inventory, sandbox.replaceAll('../.sandbox', join(folder, 'sandbox')))
  const playbook = resolve('playbooks/starlingx-etcd.yml')
  const program = [process.execPath, resolve('dist/main.js')]
  measure([...program, 'apply', playbook, '-i', inventory, '--auto-approve'])
  const ansible = [
    'ansible-playbook',
    '-i',
    'localhost,',
    '-c',
    'local',
    '-e',
    `root=${folder}`,
    resolve('bench/ansible/etcd.yml'),
  ]
  measure(ansible)
  return {
    certwright: [...program, 'plan', playbook, '-i', inventory, '--detailed-exitcode'],
    ansible: [...ansible, '--check'],
  }
}

try {
  const commands = prepare()
  const certwright: Measured[] = []
  const ansible: Measured[] = []
  for (let index = -1; index < runs; index += 1) {
    const a = measure(commands.certwright)
    const b = measure(commands.ansible)
    if (!a.stdout.includes('Nothing to do') || !/changed=0\b/.test(b.stdout))
      throw new Error(`not a no-change run:\n${a.stdout}${b.stdout}`)
    if (index >= 0) certwright.push(a)
    if (index >= 0) ansible.push(b)
  }
  const ratios = certwright.map(({ seconds }, index) => (ansible[index]?.seconds ?? Number.NaN) / seconds)
  console.log(`no-change plan of four certificates, medians of ${runs} alternating runs after a warm-up`)
  console.log(formatRow('certwright plan', certwright))
  console.log(formatRow('ansible-playbook --check', ansible))
  console.log(`certwright is ${median(ratios).toFixed(1)} times faster`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
