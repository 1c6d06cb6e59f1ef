// One host with an etcd under systemd, as Debian has it, whose authority is kept on the control node.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Ran } from '../support/certwright.ts'
import { writeFiles } from '../support/workspace.ts'
import { pki, plays, policy, settings } from './etcd-policy.ts'
import { expectCode } from './expect-code.ts'
import type { HostPlan, LabHost } from './host.ts'
import { type Lab, openLab } from './lab.ts'

const address = '10.77.0.41'
const record = '/var/lib/certwright/alarms.json'

export interface EtcdHost extends Pick<Lab, 'folder' | 'start' | 'close'> {
  readonly host: LabHost
  /** Arguments of a command over a playbook: its inventory, and what is set with -e. */
  args(playbook: keyof typeof plays, ...options: string[]): string[]
  run(command: string, playbook: keyof typeof plays, ...options: string[]): Promise<Ran>
  apply(...options: string[]): Promise<Ran>
  /** `action name: reason`, one for each change. */
  outline(...options: string[]): Promise<string[]>
  /** Ids of the alarms that stand on the record. */
  alarms(): string[]
  /** What etcd answers to a client with the pair on disk; throws when it turns the client away. */
  put(): string
  /** It serves a pair that is whole and takes its clients; nothing is left to do, and nothing was left lying about. */
  expectHealed(...options: string[]): Promise<void>
}

/** Its etcd runs, on certificates of the first release. */
export async function openEtcdHost(files: HostPlan['files'] = {}): Promise<EtcdHost> {
  const lines = Object.entries(settings).map(([key, value]) => `ETCD_${key}=${value}\n`)
  const lab = await openLab({
    'node-1': { address, files: { '/etc/default/etcd': lines.join(''), ...files } },
  })
  const host = lab.host('node-1')
  await writeInventory(lab)
  const args = (playbook: keyof typeof plays, ...options: string[]) => [
    playbook,
    '-i',
    'inventory.json',
    ...options,
  ]
  // A new era replaces the authority, which has to be allowed.
  const allow = (command: string) => (['apply', 'plan'].includes(command) ? ['--allow', 'authorities=1'] : [])
  const run: EtcdHost['run'] = (command, ...rest) =>
    lab.certwright(command, ...args(...rest), ...allow(command))
  const apply = (...options: string[]) => run('apply', 'play.yml', '--auto-approve', ...options)
  const outline = async (...options: string[]) => {
    const { stdout } = await run('plan', 'play.yml', '--format', 'json', ...options)
    return (JSON.parse(stdout).changes as Change[]).map(
      ({ action, name, reasons }) => `${action} ${name}: ${reasons.map(({ code }) => code).join(', ')}`,
    )
  }
  const put = () => host.run(`${etcdctl} put greeting hello`)
  const alarms = () =>
    JSON.parse(host.run(`cat ${record} 2>/dev/null || echo '{"alarms":[]}'`)).alarms.map(
      ({ id }: { id: string }) => id,
    )
  const expectHealed = async (...options: string[]) => {
    expectWhole(host)
    expect(put()).toBe('OK')
    expect(await outline(...options)).toEqual([])
    expect(alarms()).toEqual([])
  }
  expectCode(await apply(), 0)
  host.run('systemctl enable --now etcd')
  await expectHealed()
  return { ...lab, host, args, run, apply, outline, alarms, put, expectHealed }
}

/** Variables as options of the command line. */
export function set(variables: Readonly<Record<string, string>>): string[] {
  return ['-e', JSON.stringify(variables)]
}

interface Change {
  readonly action: string
  readonly name: string
  readonly reasons: readonly { readonly code: string }[]
}

const etcdctl = `ETCDCTL_API=3 etcdctl --endpoints=https://127.0.0.1:2379 --cacert=${pki}/ca.crt --cert=${pki}/client.crt --key=${pki}/client.key --dial-timeout=3s --command-timeout=5s`
const halves = (pair: string) =>
  `openssl x509 -noout -pubkey -in ${pki}/${pair}.crt; openssl pkey -pubout -in ${pki}/${pair}.key`

/** Certificate and key of a pair on disk, as openssl judges them. */
export function fits({ run }: LabHost, pair: string): boolean {
  const [certificate, key] = run(halves(pair)).split(/(?<=END PUBLIC KEY-----)\n/)
  return certificate === key
}

function expectWhole(host: LabHost): void {
  const { run } = host
  for (const pair of ['server', 'client']) {
    expect(fits(host, pair), pair).toBe(true)
    run(`openssl verify -x509_strict -CAfile ${pki}/root.crt -untrusted ${pki}/ca.crt ${pki}/${pair}.crt`)
  }
  expect(run('openssl s_client -connect 127.0.0.1:2379 </dev/null 2>&1 | openssl x509')).toBe(
    run(`openssl x509 -in ${pki}/server.crt`),
  )
  const left =
    "-name '*.certwright-*' -o -path '/var/lib/certwright/staged/*' -o -name journal -path '/var/lib/certwright/*'"
  expect(run(`find / -xdev \\( ${left} \\) -print`)).toBe('')
}

async function writeInventory({ folder, sshVars }: Lab): Promise<void> {
  await writeFiles(folder, { 'policy.yml': policy, ...plays })
  const inventory = {
    control: { hosts: { control: { ansible_connection: 'local', certwright_root: 'control' } } },
    etcd: { hosts: { 'node-1': { ansible_host: address } }, vars: sshVars },
  }
  writeFileSync(join(folder, 'inventory.json'), JSON.stringify(inventory))
}
