// What has to be true of a cluster whose Root CA is replaced, judged by openssl and etcd.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { expect } from 'vitest'
import { run } from '../support/certwright.ts'
import { expectCode } from './expect-code.ts'
import type { Cluster } from './loopback-cluster.ts'
import type { Member, Restart } from './loopback-member.ts'
import type { Tally } from './write-load.ts'

/** The bytes of the files, where the authority is held. */
export interface Authority {
  readonly certificate: string
  readonly privateKey: string
}

const held = 'var/lib/certwright/authorities'

export function readAuthority({ control }: Cluster): Authority {
  const read = (file: string) => readFileSync(join(control, held, file), 'utf8')
  return { certificate: read('etcd-ca.crt'), privateKey: read('etcd-ca.key') }
}

/** Whatever was done: nothing that was acknowledged is lost, who tries again succeeds, and the others lose what is in flight. */
export function expectWritten(
  { connected, retrying, fresh, mostOut }: Tally,
  restarts: readonly Restart[],
): void {
  for (const { begun, lost } of [connected, retrying, fresh]) {
    expect(begun).toBeGreaterThan(1)
    expect(lost).toEqual([])
  }
  expect(retrying.failed).toEqual([])
  for (const { failed } of [connected, fresh])
    expect(failed.length, JSON.stringify(failed)).toBeLessThanOrEqual(restarts.length)
  expect(mostOut).toBeLessThanOrEqual(1)
}

/** Whatever lies on a member's disk is accepted by every process, and whatever a process presents by every disk. */
export async function expectMutual({ members }: Cluster): Promise<void> {
  for (const from of members)
    for (const to of members) {
      const who = `${from.name} to ${to.name}`
      expect(await shakeHands(from, 'client', to.ports.client), who).toBe('accepted')
      expect(await shakeHands(from, 'peer', to.ports.peer), who).toBe('accepted')
    }
}

/** One authority is held and trusted by everybody, in its file and in its process; it has signed all; and nothing is to be done. */
export async function expectSettled(cluster: Cluster, { certificate, privateKey }: Authority): Promise<void> {
  expect(readAuthority(cluster).certificate).toBe(certificate)
  expect(readAuthority(cluster).privateKey === privateKey, 'the key is the one that was expected').toBe(true)
  expect(readdirSync(join(cluster.control, held)).toSorted()).toEqual(['etcd-ca.crt', 'etcd-ca.key'])
  const name = await readName(join(cluster.control, held, 'etcd-ca.crt'))
  for (const member of cluster.members) {
    expect(readFileSync(member.pki('ca.crt'), 'utf8')).toBe(certificate)
    for (const leaf of ['server.crt', 'peer.crt', 'client.crt']) await expectSigned(member, leaf)
    for (const port of Object.values(member.ports)) expect(await readTrusted(port)).toEqual([name])
  }
  expectCode(await cluster.certwright('plan', '--detailed-exitcode'), 0)
}

/** By the one authority that its host trusts, and with nothing behind it. */
async function expectSigned(member: Member, leaf: string): Promise<void> {
  const verified = await run('openssl', [
    'verify',
    '-x509_strict',
    '-CAfile',
    member.pki('ca.crt'),
    member.pki(leaf),
  ])
  expect(verified.stdout).toContain('OK')
  expect(readFileSync(member.pki(leaf), 'utf8').match(/BEGIN CERTIFICATE/g)).toHaveLength(1)
}

async function readName(path: string): Promise<string> {
  const { stdout } = await run('openssl', ['x509', '-noout', '-subject', '-in', path])
  return simplify(stdout.replace('subject=', ''))
}

/** Whom the process behind a port says that it trusts. */
async function readTrusted(port: number): Promise<string[]> {
  const script = `openssl s_client -connect 127.0.0.1:${port} -tls1_2 </dev/null 2>/dev/null`
  const { stdout } = await run('sh', ['-c', script])
  const [, names = ''] = /Acceptable client certificate CA names\n((?:CN.*\n)*)/.exec(stdout) ?? []
  return names.split('\n').filter(Boolean).map(simplify)
}

function simplify(name: string): string {
  return name.trim().replaceAll(' = ', '=')
}

/** Judged by both sides; TLS 1.2 refuses within the handshake. */
function shakeHands(from: Member, pair: string, port: number): Promise<string> {
  const [ca, cert, key] = ['ca.crt', `${pair}.crt`, `${pair}.key`].map((file) => readFileSync(from.pki(file)))
  return new Promise((settle) => {
    const socket = connect({ host: '127.0.0.1', port, ca, cert, key, maxVersion: 'TLSv1.2' }, () => {
      settle('accepted')
      socket.destroy()
    })
    socket.on('error', (error) => settle(error.message))
  })
}
