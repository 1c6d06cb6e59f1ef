// Ansible's YAML inventory → groups and hosts with their variables, merged the way Ansible merges them.
import type { Complaints } from './complaints.ts'
import { pointer, type YamlDocument } from './document.ts'

export interface Inventory {
  /** In the order in which they were first written. */
  readonly hosts: ReadonlyMap<string, InventoryHost>
  /** Group name to its hosts, those of its children included, in inventory order. */
  readonly groups: ReadonlyMap<string, readonly string[]>
}

export interface InventoryHost {
  readonly name: string
  readonly groups: readonly string[]
  readonly vars: Readonly<Record<string, Variable>>
}

/** A variable's value and where it was written; no document: given on the command line or by certwright. */
export interface Variable {
  readonly value: unknown
  readonly from?: { readonly document: YamlDocument; readonly pointer: string }
}

interface Group {
  readonly name: string
  readonly hosts: Set<string>
  readonly children: Set<string>
  readonly vars: Map<string, Variable>
}

/** Several inventories are one: later ones win where both set a variable. */
export function readInventory(documents: readonly YamlDocument[], complaints: Complaints): Inventory {
  const groups = new Map<string, Group>([['all', emptyGroup('all')]])
  const hostVars = new Map<string, Map<string, Variable>>()
  for (const document of documents) {
    for (const [name, body] of entries(document.value))
      readGroup({ document, groups, hostVars, complaints }, name, body, [name])
  }
  reportCycles(groups, documents, complaints)
  const depths = measureDepths(groups)
  const members = new Map([...groups.keys()].map((name) => [name, collectHosts(groups, name)]))
  members.set('all', [...hostVars.keys()])
  const hosts = [...hostVars].map(([name, vars]): [string, InventoryHost] => {
    const mine = [...groups.keys()].filter((group) => members.get(group)?.includes(name))
    return [
      name,
      { name, groups: mine.filter((group) => group !== 'all'), vars: mergeVars(groups, depths, mine, vars) },
    ]
  })
  return { hosts: new Map(hosts), groups: withUngrouped(members, hosts) }
}

interface Reading {
  readonly document: YamlDocument
  readonly groups: Map<string, Group>
  readonly hostVars: Map<string, Map<string, Variable>>
  readonly complaints: Complaints
}

function emptyGroup(name: string): Group {
  return { name, hosts: new Set(), children: new Set(), vars: new Map() }
}

function readGroup(reading: Reading, name: string, body: unknown, keys: readonly string[]): void {
  const { document, groups, hostVars, complaints } = reading
  const group = groups.get(name) ?? emptyGroup(name)
  groups.set(name, group)
  for (const [key, value] of entries(field(body, 'vars')))
    group.vars.set(key, { value, from: { document, pointer: pointer(...keys, 'vars', key) } })
  for (const [host, vars] of entries(field(body, 'hosts'))) {
    const at = pointer(...keys, 'hosts', host)
    if (!isHostName(host)) {
      const hint = host.includes('[')
        ? 'ranges are not taken yet: write the hosts out'
        : 'letters, digits, ".", "_", ":" and "-"'
      complaints.at(
        document,
        at,
        { code: 'invalid-host-name', message: `"${host}" cannot be a host's name`, hint },
        'key',
      )
      continue
    }
    group.hosts.add(host)
    const known = hostVars.get(host) ?? new Map<string, Variable>()
    hostVars.set(host, known)
    for (const [key, value] of entries(vars))
      known.set(key, { value, from: { document, pointer: at + pointer(key) } })
  }
  for (const [child, childBody] of entries(field(body, 'children'))) {
    group.children.add(child)
    readGroup(reading, child, childBody, [...keys, 'children', child])
  }
}

/** Nothing that a shell or ssh could take for an option, and nothing that leaves a path. */
function isHostName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._:-]{0,252}$/.test(name) && !name.includes('..')
}

function reportCycles(
  groups: ReadonlyMap<string, Group>,
  [document]: readonly YamlDocument[],
  complaints: Complaints,
): void {
  const visit = (name: string, path: readonly string[]): boolean => {
    if (path.includes(name)) {
      const chain = [...path.slice(path.indexOf(name)), name].join(' → ')
      if (document)
        complaints.at(document, '', { code: 'group-cycle', message: `groups contain each other: ${chain}` })
      return true
    }
    return [...(groups.get(name)?.children ?? [])].some((child) => visit(child, [...path, name]))
  }
  for (const name of groups.keys()) {
    if (!visit(name, [])) continue
    for (const group of groups.values()) group.children.clear()
    return
  }
}

/** `all` is 0; every other group at least 1, and one more than its deepest parent. */
function measureDepths(groups: ReadonlyMap<string, Group>): Map<string, number> {
  const depths = new Map<string, number>()
  const visit = (name: string, depth: number) => {
    if ((depths.get(name) ?? -1) >= depth) return
    depths.set(name, depth)
    for (const child of groups.get(name)?.children ?? []) visit(child, depth + 1)
  }
  for (const name of groups.keys()) visit(name, name === 'all' ? 0 : 1)
  return depths
}

function collectHosts(groups: ReadonlyMap<string, Group>, name: string): string[] {
  const group = groups.get(name)
  if (!group) return []
  const children = [...group.children].flatMap((child) => collectHosts(groups, child))
  return [...new Set([...group.hosts, ...children])]
}

/** Shallow groups first, then by name, then the host itself: the last one wins. */
function mergeVars(
  groups: ReadonlyMap<string, Group>,
  depths: ReadonlyMap<string, number>,
  names: readonly string[],
  own: ReadonlyMap<string, Variable>,
): Record<string, Variable> {
  const order = [...names].sort((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0) || (a < b ? -1 : 1))
  const layers = [...order.map((name) => groups.get(name)?.vars ?? new Map<string, Variable>()), own]
  return Object.assign(Object.create(null), ...layers.map((layer) => Object.fromEntries(layer)))
}

function withUngrouped(
  members: Map<string, string[]>,
  hosts: readonly [string, InventoryHost][],
): Map<string, readonly string[]> {
  const ungrouped = hosts.filter(([, { groups }]) => groups.length === 0).map(([name]) => name)
  return new Map([...members, ['ungrouped', ungrouped]])
}

function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}
