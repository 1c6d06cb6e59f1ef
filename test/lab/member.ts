// One real etcd on loopback ports, on the files of a host below a root, and certwright's commands for it.
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { encodePrivateKey } from '../../src/x509/keys.ts'
import { certwright, type Ran, run } from '../support/certwright.ts'
import { type Etcd, prepareEtcd } from '../support/etcd.ts'
import type { Issued } from '../support/issue.ts'
import { writeFiles } from '../support/workspace.ts'
import { type Client, etcdctl } from './writers.ts'

/** What a test wants otherwise in the policy. */
export interface Wanted {
  /** Further fields of the authority, each a line of YAML. */
  readonly authority?: readonly string[]
  readonly subject?: string
  readonly pathLength?: number
  readonly validity?: string
  readonly key?: string
  readonly rotation?: string
  /** Who signs the leaves. */
  readonly signedBy?: string
  /** Further authorities, as YAML. */
  readonly authorities?: string
}

export interface Member {
  readonly folder: string
  readonly etcd: Etcd
  /** As a client reaches it. */
  readonly client: Client
  write(wanted: Wanted): Promise<void>
  rotate(...args: string[]): Promise<Ran>
  apply(...args: string[]): Promise<Ran>
  plan(...args: string[]): Promise<Planned>
  status(): Promise<Planned>
  /** Of a file in /etc/etcd. */
  path(file: string): string
  read(file: string): string
  /** The certificates of a file, in their order. */
  certificates(file: string): X509Certificate[]
  files(): string[]
  /** Everything in /etc/etcd: bytes and times. */
  snapshot(): unknown
  /** A client writes, and OpenSSL accepts what both present. */
  expectInUse(): Promise<void>
  /** A CA beside the policy, to be supplied. */
  bring(name: string, ca: Issued): Promise<void>
  alarms(): string[]
  start(): Promise<void>
  close(): void
}

/** The part of JSON that tests look at. */
export interface Planned {
  readonly changes: readonly { readonly action: string; readonly name: string }[]
  readonly rotations: readonly {
    readonly method: string
    readonly why: string
    readonly phase: string
    readonly refused?: string
  }[]
  readonly problems: readonly { readonly code: string; readonly message: string; readonly hint?: string }[]
}

export async function openMember(): Promise<Member> {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-member-'))
  const root = join(folder, 'root')
  const etcd = await prepareEtcd(folder, root)
  const path = (file: string) => join(root, 'etc/etcd', file)
  const read = (file: string) => readFileSync(path(file), 'utf8')
  const files = () => readdirSync(join(root, 'etc/etcd')).toSorted()
  const record = join(root, 'var/lib/certwright/alarms.json')
  const go = (command: string, ...args: string[]) =>
    certwright([command, 'play.yml', ...args, '-i', 'hosts.yml'], { cwd: folder })
  const json = async (command: string, ...args: string[]) =>
    JSON.parse((await go(command, '--format', 'json', ...args)).stdout)
  const client = { port: etcd.port, folder: join(root, 'etc/etcd'), pair: 'etcd-client' }
  await writeFiles(folder, {
    'play.yml': '- { name: etcd, hosts: all, policy: policy.yml }\n',
    'hosts.yml': `all: { hosts: { node-1: { ansible_connection: local, certwright_root: ${root} } } }\n`,
  })
  return {
    folder,
    etcd,
    client,
    write: (wanted) => writeFiles(folder, { 'policy.yml': writePolicy(etcd, wanted) }),
    rotate: (...args) => go('rotate', 'etcd-ca', '--auto-approve', ...args),
    apply: (...args) => go('apply', '--auto-approve', ...args),
    plan: (...args) => json('plan', ...args),
    status: (...args: string[]) => json('status', ...args),
    path,
    read,
    certificates: (file) => splitPem(read(file)),
    files,
    snapshot: () => files().map((file) => [file, statSync(path(file)).mtimeMs, read(file)]),
    expectInUse: async () => {
      const written = await etcdctl(client, 'put', 'in', 'use')
      expect(written.stdout, written.stderr).toBe('OK\n')
      for (const leaf of ['etcd-server.crt', 'etcd-client.crt']) {
        const verify = [
          'verify',
          '-x509_strict',
          '-untrusted',
          path(leaf),
          '-CAfile',
          path('ca.crt'),
          path(leaf),
        ]
        expect((await run('openssl', verify)).stdout).toContain('OK')
      }
    },
    bring: (name, { certificate, key }) =>
      writeFiles(folder, {
        [`files/${name}.crt`]: certificate.pem,
        [`files/${name}.key`]: encodePrivateKey(key).toString(),
      }),
    alarms: () =>
      existsSync(record)
        ? JSON.parse(readFileSync(record, 'utf8')).alarms.map(({ id }: { id: string }) => id)
        : [],
    start: async () => {
      etcd.start()
      const health = async () => (await etcdctl(client, 'endpoint', 'health')).code
      await expect.poll(health, { timeout: 60_000, interval: 200 }).toBe(0)
    },
    close: () => {
      etcd.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function splitPem(text: string): X509Certificate[] {
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----\n/g) ?? []
  return found.map((pem) => new X509Certificate(pem))
}

function writePolicy({ port, control }: Etcd, wanted: Wanted): string {
  const {
    authority = ['private_key: { path: /etc/etcd/ca.key }'],
    subject = '{ common_name: etcd-ca }',
    pathLength = 1,
    validity = '3650d',
    key = '{ type: ECDSA, size: 256 }',
    rotation = '{ method: auto }',
    signedBy = 'etcd-ca',
    authorities = '',
  } = wanted
  return `
defaults: { private_key: ${key}, validity: 365d, renew_before: 30d }
authorities:
  etcd-ca:
    subject: ${subject}
    path_length: ${pathLength}
    ignore_differences: [basic_constraints]
    certificate: { path: /etc/etcd/ca.crt }
    ${authority.join('\n    ')}
    validity: ${validity}
    renew_before: 60d
    rotation: ${rotation}
${authorities}
certificates:
  etcd-server:
    authority: ${signedBy}
    subject: { common_name: etcd-server }
    subject_alt_name: ["IP:127.0.0.1"]
    extended_key_usage: [serverAuth, clientAuth]
    certificate: { path: /etc/etcd/etcd-server.crt }
    private_key: { path: /etc/etcd/etcd-server.key }
  etcd-client:
    authority: ${signedBy}
    subject: { common_name: root }
    extended_key_usage: [clientAuth]
    certificate: { path: /etc/etcd/etcd-client.crt }
    private_key: { path: /etc/etcd/etcd-client.key }
services:
  etcd:
    manager: command
    command: { restart: [${control}, restart], is_active: [${control}, active], uptime: [${control}, uptime] }
    uses: { etcd-server: hot, etcd-ca: restart }
    probe:
      tls: { address: "127.0.0.1:${port}", present: etcd-client, expect: etcd-server }
      trust: ["127.0.0.1:${port}"]
      retries: 30
`
}
