import { mkdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { applyPlan } from '../../src/apply/apply.ts'
import { lockHosts, nameRun } from '../../src/apply/lock.ts'
import { findIssuances } from '../../src/audit/runs.ts'
import { openAuditLog } from '../../src/cli/audit-log.ts'
import { connectHosts } from '../../src/cli/hosts.ts'
import { diskFiles } from '../../src/cli/read-files.ts'
import { signByCommand } from '../../src/cli/signer.ts'
import { diff } from '../../src/diff/diff.ts'
import { gather } from '../../src/gather/gather.ts'
import { load } from '../../src/load/load.ts'
import type { Desired, RotateRequest } from '../../src/model/desired.ts'
import type { Allowances } from '../../src/model/guard.ts'
import type { Host } from '../../src/model/host.ts'
import { findMachines } from '../../src/model/machines.ts'
import type { Plan } from '../../src/model/plan.ts'
import type { Result } from '../../src/model/result.ts'
import type { Status } from '../../src/model/status.ts'
import { makePlan } from '../../src/plan/plan.ts'
import { makeStatus } from '../../src/plan/status.ts'
import { makeSecrets } from './secrets.ts'
import { makeFolder } from './workspace.ts'

/** The engine on folders of its own, stage by stage as the command line drives it, at any instant. */
export interface Engine {
  /** Where the policy, playbook and inventory are, and the audit log in `state`. */
  readonly folder: string
  /** The root of a host: all its absolute paths are below. */
  root(host?: string): string
  write(path: string, text: string): Promise<void>
  load(at?: string): Promise<Desired>
  plan(at?: string, limit?: string, allowed?: Allowances, bend?: ApplyOptions['bend']): Promise<Plan>
  apply(at?: string, options?: ApplyOptions): Promise<Result>
  night(at?: string, options?: ApplyOptions): Promise<Night>
  /** Reads a file of a host. */
  read(path: string, host?: string): Buffer
}

export interface ApplyOptions {
  readonly plan?: Plan
  readonly signal?: AbortSignal
  readonly limit?: string
  readonly allowed?: Allowances
  /** What the run is handed in a host's place. */
  readonly bend?: (host: Host) => Host
  /** Hosts that another run is at work on. */
  readonly held?: readonly string[]
  /** For `night`. */
  readonly rotate?: RotateRequest
}

/** What a run came to: what the plan said, what was done, and how it all is afterwards. */
export interface Night {
  readonly plan: Plan
  readonly result: Result
  readonly status: Status
}

export const start = '2026-11-23T00:00:00Z'

export async function makeEngine(
  policy: string,
  hosts: readonly string[] = ['node-1'],
  play = '',
): Promise<Engine> {
  const folder = makeFolder()
  const root = (host = hosts[0] ?? 'node-1') => join(folder, 'hosts', host)
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  await write('policy.yml', policy)
  await write(
    'play.yml',
    `- { name: test, hosts: all, policy: policy.yml${play === '' ? '' : `, ${play}`} }\n`,
  )
  const lines = hosts.map(
    (host) => `    ${host}: { ansible_connection: local, certwright_root: hosts/${host} }`,
  )
  await write('inventory.yml', `all:\n  hosts:\n${lines.join('\n')}\n`)
  for (const host of hosts) mkdirSync(root(host), { recursive: true })
  const stages = makeStages(folder)
  return { folder, root, write, read: (path, host) => readFileSync(join(root(host), path)), ...stages }
}

function makeStages(folder: string): Pick<Engine, 'load' | 'plan' | 'apply' | 'night'> {
  const secrets = makeSecrets()
  const audit = openAuditLog(join(folder, 'state'))
  const loadAt = async (at = start, limit?: string, allowed: Allowances = {}) => {
    const request = { playbook: 'play.yml', inventories: ['inventory.yml'], extraVars: [], cwd: folder }
    const loaded = await load(
      { ...request, at: new Date(at), secrets, allowed, ...(limit === undefined ? {} : { limit }) },
      diskFiles,
    )
    if (!loaded.desired) throw new Error(JSON.stringify(loaded.diagnostics, null, 2))
    return loaded.desired
  }
  const open = async (
    at: string,
    { limit, allowed, held = [], bend = (host) => host, rotate }: ApplyOptions,
  ) => {
    const holders = new Map(held.map((host) => [host, 'another run']))
    const desired = { ...(await loadAt(at, limit, allowed)), ...(rotate ? { rotate } : {}) }
    const connected = connectHosts(desired, secrets.resolve)
    const hosts = Object.fromEntries(
      Object.entries(connected).map(([name, host]) => [name, bend(host)] as const),
    )
    // What they are is no part of what a test bends.
    const look = async () => findMachines(await gather(desired, connected, secrets.resolve))
    const observe = async () => {
      const actual = await gather(desired, hosts, secrets.resolve, 8, holders)
      const log = await audit.read()
      const control = { issuances: findIssuances(log?.text ?? '', findMachines(actual)) }
      return { actual, difference: diff(desired, actual, new Date(at), control) }
    }
    return { desired, hosts, observe, look }
  }
  const plan: Engine['plan'] = async (at = start, limit, allowed, bend) => {
    const { desired, observe } = await open(at, {
      ...(limit === undefined ? {} : { limit }),
      ...(allowed === undefined ? {} : { allowed }),
      ...(bend === undefined ? {} : { bend }),
    })
    return makePlan({ desired, at: new Date(at), ...(await observe()) })
  }
  const apply: Engine['apply'] = async (at = start, options = {}) => {
    const { hosts, observe, look } = await open(at, options)
    const runId = nameRun(new Date())
    const own = Object.values(hosts).filter(({ name }) => !options.held?.includes(name))
    await lockHosts(own, { run: runId, holder: 'a test', timeoutMs: 0 }, 8)
    return applyPlan(options.plan ?? (await plan(at, options.limit, options.allowed)), {
      runId,
      hosts,
      machines: await look(),
      observe,
      resolveSecret: secrets.resolve,
      signByCommand,
      readSupplied: async (path) => readFileSync(path),
      signal: options.signal ?? new AbortController().signal,
      forks: 8,
      progress: { begin: () => undefined, finish: () => undefined, close: async () => undefined },
      record: audit.append,
    }).finally(() => Promise.all(Object.values(hosts).map((host) => host.close())))
  }
  const night: Engine['night'] = async (at = start, options = {}) => {
    const { desired, observe } = await open(at, options)
    const planned = makePlan({ desired, at: new Date(at), ...(await observe()) })
    const result = await apply(at, { ...options, plan: planned })
    const status = makeStatus({ desired, at: new Date(at), ...(await observe()) })
    return { plan: planned, result, status }
  }
  return { load: loadAt, plan, apply, night }
}

/** `action name: code, code`, one for each change. */
export function outline({ changes }: Plan): string[] {
  return changes.map(
    ({ action, name, reasons }) =>
      `${action} ${name}: ${[...new Set(reasons.map(({ code }) => code))].join(', ')}`,
  )
}

/** A root CA and a leaf below it, on EC keys: quick to make. `leaf` is added to the certificate's own lines. */
export function smallPolicy(leaf = '', authority = '', rest = ''): string {
  return `
defaults:
  private_key: { type: ECDSA, size: 256 }
authorities:
  ca:
    subject: { common_name: test-ca }
    path_length: 1
    certificate: { path: /pki/ca.crt }
    private_key: { path: /pki/ca.key }
    validity: 3650d
    renew_before: 365d
${indent(authority)}
certificates:
  leaf:
    authority: ca
    subject: { common_name: leaf }
    subject_alt_name: ["DNS:leaf.example", "IP:127.0.0.1"]
    key_usage: [digitalSignature]
    extended_key_usage: [serverAuth, clientAuth]
    certificate: { path: /pki/leaf.crt }
    private_key: { path: /pki/leaf.key }
    validity: 100d
    renew_before: 15d
${indent(leaf)}
${rest}
`
}

/** The same, with an authority in between that the root signs: `middle` is added to its lines. No client trusts it by itself. */
export function middlePolicy(leaf = '', middle = '', rest = ''): string {
  return smallPolicy(leaf, '', rest).replace(
    'certificates:\n  leaf:\n    authority: ca\n',
    `  middle:
    authority: ca
    subject: { common_name: middle }
    path_length: 0
    certificate: { path: /pki/middle.crt }
    private_key: { path: /pki/middle.key }
    validity: 3600d
    renew_before: 20d
${indent(middle)}
certificates:
  leaf:
    authority: middle
`,
  )
}

function indent(lines: string): string {
  return lines
    .split('\n')
    .map((line) => (line === '' ? '' : `    ${line}`))
    .join('\n')
}
