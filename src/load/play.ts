// One play → DesiredPlay: its hosts, and what its policy wants on each of them.
import { dirname, resolve } from 'node:path'
import { controlHost, type DesiredPlay, type HostTarget, type SuppliedPair } from '../model/desired.ts'
import { addControl, listCertificates, readAlarms } from './alarms.ts'
import { type BatchSize, cutBatches } from './batches.ts'
import { checkExpressions } from './check-expressions.ts'
import { checkConstraints } from './constraints.ts'
import { checkVariables, defaultsOf, readDeclarations, reportUndeclared } from './declared.ts'
import { pointer, sourceAt, type YamlDocument } from './document.ts'
import { expandPolicy } from './expand.ts'
import type { Scope } from './expression.ts'
import { variablesOf } from './extra-vars.ts'
import { type RawGuards, readGuards } from './guards.ts'
import type { Inventory } from './inventory-model.ts'
import { checkLifetimes } from './lifetimes.ts'
import type { Loading, LoadRequest } from './loading.ts'
import { readPairs } from './pairs.ts'
import { readPatternFiles } from './pattern-files.ts'
import { matchHosts } from './patterns.ts'
import type { RawPolicy } from './policy.ts'
import { validateDocument } from './schema.ts'
import { makeScopes, type Variables } from './scope.ts'
import { indexPairs, readServices } from './services.ts'
import { readSupplied } from './supplied.ts'
import { readTarget } from './targets.ts'
import type { Dialect } from './yaml-scalar.ts'

interface PlayContext extends Loading {
  readonly request: LoadRequest
  readonly inventory: Inventory
  readonly playbook: YamlDocument
  readonly extraVars: Variables
  readonly index: number
  readonly prefix: string
  /** Collects the variables that the policies declare. */
  readonly declared: Set<string>
}

interface RawPlay {
  readonly name?: string
  readonly hosts: string | readonly string[]
  readonly policy: string
  readonly vars?: Readonly<Record<string, unknown>>
  readonly vars_files?: readonly string[]
  readonly serial?: BatchSize | readonly BatchSize[]
  readonly max_fail_percentage?: number
  readonly any_errors_fatal?: boolean
  readonly become?: boolean
  readonly on_failure?: 'rollback' | 'keep'
  readonly guards?: RawGuards
}

type Read = (path: string, dialect?: Dialect) => Promise<YamlDocument | undefined>

export interface ReadPlay {
  readonly desired: DesiredPlay
  readonly targets: readonly HostTarget[]
}

export async function readPlay(context: PlayContext, read: Read): Promise<ReadPlay | undefined> {
  const { playbook, inventory, complaints, index } = context
  const raw = (playbook.value as readonly RawPlay[])[index]
  if (!raw) return undefined
  const pattern = { pattern: raw.hosts, document: playbook, pointer: pointer(index, 'hosts') }
  const full = await readPatternFiles(pattern, context.files, complaints)
  const hosts = full ? matchHosts(full, inventory, complaints) : []
  const policy = await readPolicy(context, raw, read)
  const overrides = await readOverrides(context, raw, read)
  if (!policy || hosts.length === 0) return undefined
  for (const name of Object.keys(readDeclarations(policy))) context.declared.add(name)
  reportUndeclared(Object.fromEntries(playVars(context, raw)), context.declared, complaints)
  const values = Object.values(overrides).flatMap(({ value, from }) => (from ? [{ value, ...from }] : []))
  const names = new Set(hosts.flatMap((host) => Object.keys(inventory.hosts.get(host)?.vars ?? {})))
  for (const name of Object.keys(overrides)) names.add(name)
  checkExpressions({ policy, names, values, complaints })
  const views = viewHosts(context, policy, overrides)
  const policies = await expandForHosts(context, policy, hosts, views)
  if (!policies) return undefined
  const desired = await assemble(context, raw, policy, hosts, policies)
  return { desired, targets: await readTargets(context, desired, raw.become ?? false, views) }
}

async function readPolicy({ playbook, complaints, index }: PlayContext, raw: RawPlay, read: Read) {
  const path = resolve(dirname(playbook.path), raw.policy)
  const before = complaints.list().length
  const document = await read(path, 'core')
  if (!document && complaints.list().length === before)
    complaints.at(playbook, pointer(index, 'policy'), {
      code: 'unreadable-file',
      message: `${raw.policy} cannot be read`,
    })
  if (!document || !(await validateDocument('policy', document, complaints))) return undefined
  return document
}

function playVars({ playbook, index }: PlayContext, raw: RawPlay): [string, Variables[string]][] {
  return Object.entries(raw.vars ?? {}).map(([name, value]) => [
    name,
    { value, from: { document: playbook, pointer: pointer(index, 'vars', name) } },
  ])
}

/** vars_files, then the play's vars, then -e: the later wins. */
async function readOverrides(context: PlayContext, raw: RawPlay, read: Read): Promise<Variables> {
  const { playbook, complaints, extraVars } = context
  const overrides: Record<string, Variables[string]> = Object.create(null)
  for (const file of raw.vars_files ?? []) {
    const document = await read(resolve(dirname(playbook.path), file))
    for (const [name, variable] of variablesOf(document, complaints)) overrides[name] = variable
  }
  return Object.assign(overrides, Object.fromEntries(playVars(context, raw)), extraVars)
}

/** What a host's variables are, and what expressions see of them. */
interface HostView {
  readonly variables: Variables
  readonly scope: Scope
}

function viewHosts(
  { inventory, playbook, complaints, request: { folders } }: PlayContext,
  policy: YamlDocument,
  overrides: Variables,
): (host: string) => HostView {
  const defaults = defaultsOf(policy)
  const scopeOf = makeScopes({
    inventory,
    playbookPath: playbook.path,
    defaults,
    overrides,
    complaints,
    ...(folders ? { dataFolder: folders.data } : {}),
  })
  return (host) => ({
    variables: { ...defaults, ...inventory.hosts.get(host)?.vars, ...overrides },
    scope: scopeOf(host),
  })
}

async function expandForHosts(
  { complaints }: PlayContext,
  policy: YamlDocument,
  hosts: readonly string[],
  views: (host: string) => HostView,
): Promise<Map<string, RawPolicy> | undefined> {
  const policies = new Map<string, RawPolicy>()
  for (const host of hosts) {
    const { variables, scope } = views(host)
    if (!(await checkVariables(policy, host, scope, variables, complaints))) continue
    const expanded = await expandPolicy(policy, scope, complaints)
    if (expanded) policies.set(host, expanded)
  }
  return policies.size === hosts.length ? policies : undefined
}

/** How to reach the hosts of the play, and the control node where something is kept there. */
async function readTargets(
  { complaints, secrets, request: { folders } }: PlayContext,
  { batches, pairs }: DesiredPlay,
  become: boolean,
  views: (host: string) => HostView,
): Promise<HostTarget[]> {
  const usesControl = pairs.some(({ placements }) => placements.some(({ host }) => host === controlHost))
  const hosts = batches.flat().map((name) => ({ name, become }))
  const control = usesControl ? [{ name: controlHost, become: false }] : []
  const targets = [...hosts, ...control].map((each) =>
    readTarget({ ...each, ...views(each.name), secrets, complaints, ...(folders ? { folders } : {}) }),
  )
  return (await Promise.all(targets)).filter((target) => target !== undefined)
}

async function assemble(
  context: PlayContext,
  raw: RawPlay,
  policy: YamlDocument,
  hosts: readonly string[],
  policies: ReadonlyMap<string, RawPolicy>,
): Promise<DesiredPlay> {
  const { playbook, complaints, index, prefix, request } = context
  const reading = { document: policy, complaints }
  const supplied = await readAllSupplied(context, policy, policies)
  const pairs = readPairs({ reading, prefix, policies, supplied })
  const expanded = [...policies]
  const found = indexPairs(pairs)
  const [first] = policies.values()
  checkLifetimes(reading, pairs, request.at)
  checkConstraints(reading, first?.constraints ?? [], pairs)
  const alarms = expanded.flatMap(([host, each]) => {
    const given = { certificates: listCertificates(pairs, host), released: request.released ?? [] }
    const read = readAlarms(reading, each, given)
    return read ? [[host, read] as const] : []
  })
  return {
    name: raw.name ?? policy.file,
    source: sourceAt(playbook, pointer(index)),
    policy: policy.file,
    batches: cutBatches(hosts, raw.serial),
    onFailure: raw.on_failure ?? 'rollback',
    anyErrorsFatal: raw.any_errors_fatal ?? false,
    guards: readGuards(raw.guards, playbook, index),
    ...(raw.max_fail_percentage === undefined ? {} : { maxFailPercentage: raw.max_fail_percentage }),
    pairs,
    services: expanded.flatMap(([host, each]) => readServices({ ...reading, host, pairs: found }, each)),
    alarms: addControl(Object.fromEntries(alarms), pairs),
  }
}

/** A supplied CA is one for all hosts: it is read once. */
async function readAllSupplied(
  { files, request, complaints }: PlayContext,
  document: YamlDocument,
  policies: ReadonlyMap<string, RawPolicy>,
): Promise<Map<string, SuppliedPair>> {
  const found = new Map<string, SuppliedPair>()
  const [policy] = policies.values()
  for (const [name, authority] of Object.entries(policy?.authorities ?? {})) {
    if (!authority.supplied) continue
    const { at, secrets } = request
    const pair = await readSupplied({ document, complaints, files, secrets, at }, name, authority.supplied)
    if (pair) found.set(name, pair)
  }
  return found
}
