// Inventories → groups and hosts with their variables, merged the way Ansible merges them.

import type { Complaints } from './complaints.ts'
import { readInventoryGroups } from './inventory-groups.ts'
import { makeLayers, mergeLayers } from './inventory-merge.ts'
import type { Group, Inventory, InventoryHost, InventorySource, VarsFolders } from './inventory-model.ts'

/** Several sources are one inventory: later ones win where both set a variable. Folders: inventory's first, then the playbook's. */
export function readInventory(
  sources: readonly InventorySource[],
  folders: readonly VarsFolders[],
  complaints: Complaints,
): Inventory {
  const written = readInventoryGroups(sources, complaints)
  const { groups, hostVars, hostFiles } = written
  const members = collectMembers(groups)
  members.set('all', [...hostVars.keys()])
  const grouped = new Set(
    [...members].flatMap(([name, hosts]) => (name === 'all' || name === 'ungrouped' ? [] : hosts)),
  )
  members.set(
    'ungrouped',
    [...hostVars.keys()].filter((host) => !grouped.has(host)),
  )
  const groupsOf = invert(members)
  const layersOf = makeLayers(written, folders)
  const hosts = [...hostVars.keys()].map((name): [string, InventoryHost] => {
    const mine = groupsOf.get(name) ?? []
    const vars = mergeLayers(layersOf(name, mine))
    const file = hostFiles.get(name)
    const host = { name, groups: mine.filter((group) => group !== 'all').sort(), vars }
    return [name, file === undefined ? host : { ...host, file }]
  })
  reportUnknownFolders(folders, members, hostVars, complaints)
  return {
    hosts: new Map(hosts),
    groups: members,
    tree: groups,
    layersOf: (host) => layersOf(host, groupsOf.get(host) ?? []),
  }
}

/** Every group with its own hosts, then its children's. */
function collectMembers(groups: ReadonlyMap<string, Group>): Map<string, string[]> {
  const members = new Map<string, string[]>()
  const collect = (name: string): string[] => {
    const known = members.get(name)
    if (known) return known
    const { hosts = [], children = [] } = groups.get(name) ?? {}
    const found = new Set(hosts)
    for (const child of children) for (const host of collect(child)) found.add(host)
    members.set(name, [...found])
    return [...found]
  }
  return new Map([...groups.keys()].map((name) => [name, collect(name)]))
}

/** Host to its groups: looked up once, not searched for every host. */
function invert(members: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const groupsOf = new Map<string, string[]>()
  for (const [group, hosts] of members)
    for (const host of hosts) {
      const known = groupsOf.get(host)
      if (known) known.push(group)
      else groupsOf.set(host, [group])
    }
  return groupsOf
}

/** A file for a group or host that nobody knows does nothing, which is never what was meant. */
function reportUnknownFolders(
  folders: readonly VarsFolders[],
  groups: ReadonlyMap<string, unknown>,
  hosts: ReadonlyMap<string, unknown>,
  complaints: Complaints,
): void {
  const report = (known: ReadonlyMap<string, unknown>, found: VarsFolders['groups'], what: string) => {
    for (const [name, vars] of found) {
      const [first] = vars.values()
      if (known.has(name) || !first?.from) continue
      const message = `the inventory has no ${what} "${name}": these variables reach nobody`
      const hint = `rename the file, or add the ${what}`
      complaints.at(first.from.document, '', { code: `unknown-${what}`, message, hint, severity: 'warning' })
    }
  }
  for (const folder of folders) {
    report(groups, folder.groups, 'group')
    report(hosts, folder.hosts, 'host')
  }
}
