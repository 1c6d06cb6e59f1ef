// Three real etcd members with peer TLS on this machine, each a host of its own below a root in one folder, by the shipped
// policy, restarted by a script.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { vi } from 'vitest'
import { certwright, type Ran } from '../support/certwright.ts'
import { writeFiles } from '../support/workspace.ts'
import { expectCode } from './expect-code.ts'
import {
  choosePorts,
  type Member,
  type Ports,
  prepareMember,
  type Restart,
  readRestarts,
} from './loopback-member.ts'
import { type Load, startLoad } from './write-load.ts'

const names = ['node-1', 'node-2', 'node-3']

export interface Cluster {
  readonly folder: string
  readonly members: readonly Member[]
  /** What `certwright_root` of the control node is: there the authority's key is. */
  readonly control: string
  readonly certwright: (command: string, ...args: string[]) => Promise<Ran>
  rotate(...args: string[]): Promise<Ran>
  /** The program's arguments for a rotation that asks nothing. */
  rotating(...args: string[]): string[]
  /** From now on. */
  setPolicy(choices: Choices): void
  /** From now on: a member that runs on its host, but whose host nobody can log in to. Undefined: all hosts can be reached. */
  setAway(member: string | undefined): void
  /** Takes away the log of what was issued: so many authorities in a day are taken for a mistake. */
  forget(): void
  restarts(): Restart[]
  /** Every member answers, and the cluster takes writes. */
  ready(): Promise<void>
  load(): Promise<Load>
  close(): Promise<void>
}

/** What differs from the shipped policy. */
export interface Choices {
  /** What stands in the authority's `rotation`: `method: bundle`. */
  readonly rotation: string
  /** Of the authority. */
  readonly validity?: string
  readonly renewBefore?: string
  /** How long a member has to come back. */
  readonly deadline?: string
  /** Of the playbook. */
  readonly onFailure?: 'keep' | 'rollback'
}

export async function openCluster(choices: Choices): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-rotation-'))
  const ports: Record<string, Ports> = {}
  for (const name of names) ports[name] = await choosePorts()
  const members = names.map((name) => prepareMember(folder, name, ports))
  const control = join(folder, 'control')
  mkdirSync(control)
  const loads: Load[] = []
  const go = (command: string, ...args: string[]) =>
    certwright(
      [command, 'cluster.yml', ...(command === 'rotate' ? ['etcd-ca'] : []), '-i', 'inventory.yml', ...args],
      {
        cwd: folder,
        env: { CERTWRIGHT_STATE_DIR: join(folder, 'state') },
      },
    )
  await writeFiles(folder, {
    'cluster.yml': writePlaybook(choices),
    'policy.yml': writePolicy(choices),
    'inventory.yml': writeInventory(control, members),
  })
  expectCode(await go('apply', '--auto-approve'), 0)
  for (const member of members) member.start()
  await awaitReady(members)
  return {
    folder,
    members,
    control,
    certwright: go,
    rotate: (...args) => go('rotate', '--auto-approve', ...args),
    rotating: (...args) => [
      'rotate',
      'cluster.yml',
      'etcd-ca',
      '-i',
      'inventory.yml',
      '--auto-approve',
      ...args,
    ],
    setPolicy: (chosen) => {
      writeFileSync(join(folder, 'cluster.yml'), writePlaybook(chosen))
      writeFileSync(join(folder, 'policy.yml'), writePolicy(chosen))
    },
    setAway: (member) =>
      writeFileSync(join(folder, 'inventory.yml'), writeInventory(control, members, member)),
    forget: () => rmSync(join(folder, 'state'), { recursive: true, force: true }),
    restarts: () => readRestarts(folder),
    ready: () => awaitReady(members),
    load: async () => {
      // Where a test has failed, its clients still write.
      for (const earlier of loads.splice(0)) await earlier.stop()
      const load = await startLoad(members)
      loads.push(load)
      return load
    },
    close: async () => {
      for (const load of loads) await load.stop()
      for (const member of members) member.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function awaitReady(members: readonly Member[]): Promise<void> {
  for (const member of members)
    await vi.waitFor(async () => expectCode(await member.etcdctl('put', 'key', 'value'), 0), {
      timeout: 90_000,
      interval: 300,
    })
}

function writePlaybook({ onFailure = 'rollback' }: Choices): string {
  return `- { hosts: etcd, policy: policy.yml, serial: 1, on_failure: ${onFailure} }\n`
}

/** The shipped policy; its services are driven by a script, and asked at the files below their root. */
function writePolicy({
  rotation,
  validity = '3650d',
  renewBefore = '400d',
  deadline = '120s',
}: Choices): string {
  const shipped = readFileSync(resolve('playbooks/policies/etcd-cluster.yml'), 'utf8')
  const exchanges: readonly (readonly [string, string])[] = [
    [
      '\nvariables:\n',
      '\nvariables:\n  control: { type: string, description: drives a member }\n  files: { type: string, description: its files as it sees them }\n',
    ],
    ['    validity: 3650d\n', `    validity: ${validity}\n    rotation: { ${rotation} }\n`],
    [
      'manager: "{{ member_manager }}"',
      'manager: command\n    command: { restart: ["{{ control }}", restart], is_active: ["{{ control }}", active], uptime: ["{{ control }}", uptime] }',
    ],
    ['- "{{ etcd_folder }}"\n', '- "{{ files }}"\n'],
    ['    renew_before: 400d', `    renew_before: ${renewBefore}`],
    ['    probe:\n', `    probe:\n      retries: 100\n      deadline: ${deadline}\n`],
  ]
  return exchanges.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the shipped policy has no ${from}`)
    return text.replace(from, to)
  }, shipped)
}

/** Nobody listens there. */
const refusing = {
  ansible_connection: 'ssh',
  ansible_host: '127.0.0.1',
  ansible_port: 1,
  ansible_ssh_common_args: '-F none',
}

function writeInventory(control: string, members: readonly Member[], away?: string): string {
  const hosts = members.map(({ name, root, ports, ...member }) => ({
    [name]: {
      ...(name === away ? refusing : {}),
      certwright_root: root,
      client_port: ports.client,
      peer_port: ports.peer,
      control: member.control,
      files: member.pki('').replace(/\/$/, ''),
    },
  }))
  return JSON.stringify({
    all: { vars: { ansible_connection: 'local' }, hosts: { control: { certwright_root: control } } },
    etcd: { vars: { member_address: '127.0.0.1', etcd_owner: 'root' }, hosts: Object.assign({}, ...hosts) },
  })
}
