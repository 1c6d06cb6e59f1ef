import { join } from 'node:path'
import { expect } from 'vitest'
import type { Ran } from '../support/certwright.ts'
import { writeFiles } from '../support/workspace.ts'
import { expectCode } from './expect-code.ts'
import type { HostPlan, LabHost } from './host.ts'
import { type Lab, openLab } from './lab.ts'
import { sh } from './shell.ts'

const addresses = { 'node-1': '10.77.0.31', 'node-2': '10.77.0.32', 'node-3': '10.77.0.33' }
export const pki = '/etc/app/pki'

/** A new release is reason enough for new certificates. */
const policy = `
variables:
  release: { type: string, description: stands in every certificate }
defaults: { private_key: { type: ECDSA } }
authorities:
  ca:
    subject: { common_name: ca }
    validity: 3650d
    held_by: control
    certificate: { path: ${pki}/ca.crt }
    private_key: { path: /var/lib/authority/ca.key }
certificates:
  app:
    authority: ca
    subject: { common_name: "{{ inventory_hostname }}", organization: "{{ release }}" }
    subject_alt_name: ["DNS:{{ inventory_hostname }}"]
    extended_key_usage: [serverAuth]
    certificate: { path: ${pki}/app.crt }
    private_key: { path: ${pki}/app.key }
services:
  app:
    manager: systemd
    uses: { app: restart }
    probe: { tls: { address: "127.0.0.1:8443", expect: app } }
`

const unit = `[Service]
ExecStart=/usr/bin/openssl s_server -quiet -accept 8443 -cert ${pki}/app.crt -key ${pki}/app.key
[Install]
WantedBy=multi-user.target
`

/** Holds what is about to go to its place while there is a file /srv/hold. */
const slowMove = `#!/bin/sh
if [ -e /srv/hold ] && [ "$2" = -t ]; then
  touch /srv/held
  while [ -e /srv/hold ]; do sleep 0.1; done
fi
exec /usr/bin/mv "$@"
`

function plainHost(address: string): HostPlan {
  return {
    address,
    files: { '/etc/systemd/system/app.service': unit, '/usr/local/bin/mv': slowMove },
  }
}

/** Three hosts that serve a certificate of their own, one after the other; what befalls the second is up to the test. */
export interface ThreeHosts extends Pick<Lab, 'folder' | 'close'> {
  readonly second: LabHost
  apply(release: string): Promise<Ran>
  /** What the certificates of the three are made for, as seen from outside. */
  releases(): (string | undefined)[]
  /** All have and serve the release, there is nothing left to do, and nothing was left lying about. */
  expectHealed(release: string): Promise<void>
}

export async function openThreeHosts(): Promise<ThreeHosts> {
  const all = Object.entries(addresses)
  const lab = await openLab(Object.fromEntries(all.map(([name, address]) => [name, plainHost(address)])))
  const hosts = all.map(([name]) => lab.host(name))
  await writeInventory(lab)
  const go = (command: string, release: string, ...options: string[]) =>
    lab.certwright(command, 'play.yml', '-i', 'inventory.json', '-e', `release=${release}`, ...options)
  // A host that was cut off lets go of its lock once it hears that nobody is there any more.
  const apply = (release: string) => go('apply', release, '--auto-approve', '--lock-timeout', '3m')
  const releases = () => hosts.map(findRelease)
  const expectHealed = async (release: string) => {
    for (const host of hosts) expectServed(host, release)
    expectCode(await go('plan', release, '--detailed-exitcode'), 0)
  }
  expectCode(await apply('first'), 0)
  for (const { run } of hosts) run('systemctl enable --now app')
  await expectHealed('first')
  return { ...lab, second: lab.host('node-2'), apply, releases, expectHealed }
}

function findRelease({ root }: LabHost): string | undefined {
  const subject = sh('openssl', 'x509', '-noout', '-subject', '-in', join(root, pki, 'app.crt'))
  return /O = ([^,\s]+)/.exec(subject)?.[1]
}

function expectServed({ run }: LabHost, release: string): void {
  const served = run('openssl s_client -connect 127.0.0.1:8443 </dev/null 2>&1 | openssl x509 -subject')
  expect(served).toContain(`O = ${release},`)
  expect(served).toContain(run(`cat ${pki}/app.crt`))
  run(`openssl verify -x509_strict -CAfile ${pki}/ca.crt ${pki}/app.crt`)
  expect(run("find / -path /proc -prune -o -path /sys -prune -o -name '*.certwright-*' -print")).toBe('')
}

async function writeInventory({ folder, sshVars }: Lab): Promise<void> {
  const hosts = Object.entries(addresses).map(([name, address]) => [name, { ansible_host: address }])
  await writeFiles(folder, {
    'policy.yml': policy,
    'play.yml': '- { name: app, hosts: nodes, policy: policy.yml, become: true, serial: 1 }\n',
    'inventory.json': JSON.stringify({
      control: { hosts: { control: { ansible_connection: 'local', certwright_root: 'control' } } },
      nodes: { hosts: Object.fromEntries(hosts), vars: sshVars },
    }),
  })
}
