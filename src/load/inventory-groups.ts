import type { Complaints } from './complaints.ts'
import { pointer, type YamlDocument } from './document.ts'
import { expandHostRange } from './host-range.ts'
import { setVariable } from './inventory-merge.ts'
import type { Group, InventorySource, Variable, WrittenInventory } from './inventory-model.ts'

interface Reading {
  readonly groups: Map<string, Group>
  readonly hostVars: Map<string, Map<string, Variable>>
  readonly hostFiles: Map<string, string>
  readonly complaints: Complaints
}

/** Groups and hosts as they are written, in Ansible's YAML form or in the JSON that `ansible-inventory --list` prints. */
export function readInventoryGroups(
  sources: readonly InventorySource[],
  complaints: Complaints,
): WrittenInventory {
  const reading: Reading = {
    groups: new Map([['all', emptyGroup('all')]]),
    hostVars: new Map(),
    hostFiles: new Map(),
    complaints,
  }
  for (const source of sources) {
    if (source.kind === 'hosts')
      for (const name of source.names) addHost(reading, reading.groups.get('all'), name)
    else readDocument(reading, source.document)
  }
  breakCycles(reading.groups, sources, complaints)
  return reading
}

function emptyGroup(name: string): Group {
  return { name, hosts: new Set(), children: new Set(), vars: new Map(), priority: 1 }
}

function groupOf({ groups }: Reading, name: string): Group {
  const group = groups.get(name) ?? emptyGroup(name)
  groups.set(name, group)
  return group
}

function addHost(
  { hostVars, hostFiles }: Reading,
  group: Group | undefined,
  name: string,
  document?: YamlDocument,
): Map<string, Variable> {
  group?.hosts.add(name)
  if (document && !hostFiles.has(name)) hostFiles.set(name, document.path)
  const vars = hostVars.get(name) ?? new Map<string, Variable>()
  hostVars.set(name, vars)
  return vars
}

function readDocument(reading: Reading, document: YamlDocument): void {
  for (const [name, body] of entries(document.value))
    if (name !== '_meta') readGroup(reading, document, name, body, [name])
  const hostvars = field(field(document.value, '_meta'), 'hostvars')
  for (const [host, vars] of entries(hostvars)) {
    const known = addHost(reading, undefined, host, document)
    setAll(known, vars, document, pointer('_meta', 'hostvars', host))
  }
}

function readGroup(
  reading: Reading,
  document: YamlDocument,
  name: string,
  body: unknown,
  keys: readonly string[],
): void {
  const group = groupOf(reading, name)
  setAll(group.vars, field(body, 'vars'), document, pointer(...keys, 'vars'))
  const priority = group.vars.get('ansible_group_priority')
  group.vars.delete('ansible_group_priority')
  if (priority) group.priority = Number(priority.value)
  for (const [key, vars] of namesOf(field(body, 'hosts'))) {
    const at = pointer(...keys, 'hosts', key)
    for (const host of readHostNames(reading, document, key, at))
      setAll(addHost(reading, group, host, document), vars, document, at)
  }
  for (const [child, childBody] of namesOf(field(body, 'children'))) {
    group.children.add(child)
    readGroup(reading, document, child, childBody, [...keys, 'children', child])
  }
}

function setAll(target: Map<string, Variable>, vars: unknown, document: YamlDocument, at: string): void {
  for (const [key, value] of entries(vars))
    setVariable(target, key, { value, from: { document, pointer: at + pointer(key) } })
}

function readHostNames(
  { complaints }: Reading,
  document: YamlDocument,
  name: string,
  at: string,
): readonly string[] {
  const complain = (message: string, hint?: string) => {
    const complaint = { code: 'invalid-host-name', message, ...(hint === undefined ? {} : { hint }) }
    complaints.at(document, at, complaint, 'key')
    return []
  }
  const expanded = expandHostRange(name)
  if (expanded.kind === 'error') return complain(`"${name}": ${expanded.message}`)
  const wrong = expanded.names.find((each) => !isHostName(each))
  return wrong === undefined
    ? expanded.names
    : complain(`"${wrong}" cannot be a host's name`, 'letters, digits, ".", "_", ":" and "-"')
}

/** Nothing that a shell or ssh could take for an option, and nothing that leaves a path. */
function isHostName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._:-]{0,252}$/.test(name) && !name.includes('..')
}

/** A circle of groups is told once, and cut, so that everything else can be told too. */
function breakCycles(
  groups: ReadonlyMap<string, Group>,
  sources: readonly InventorySource[],
  complaints: Complaints,
): void {
  const done = new Set<string>()
  const visit = (name: string, path: readonly string[]): void => {
    if (done.has(name)) return
    for (const child of groups.get(name)?.children ?? []) {
      const cycle = [...path, name]
      if (!cycle.includes(child)) {
        visit(child, cycle)
        continue
      }
      groups.get(name)?.children.delete(child)
      const chain = [...cycle.slice(cycle.indexOf(child)), child].join(' → ')
      const found = sources.find((source) => source.kind === 'document')
      if (found)
        complaints.at(found.document, '', {
          code: 'group-cycle',
          message: `groups contain each other: ${chain}`,
        })
    }
    done.add(name)
  }
  for (const name of groups.keys()) visit(name, [])
}

function field(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

/** Names with their bodies (YAML), or names alone (JSON). */
function namesOf(value: unknown): [string, unknown][] {
  return Array.isArray(value) ? value.map((name) => [String(name), null]) : entries(value)
}
