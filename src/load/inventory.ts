// Inventories → groups and hosts with their variables, merged the way Ansible merges them.

import type { Complaints } from './complaints.ts'
import { readInventoryGroups } from './inventory-groups.ts'
import { mergeVariables } from './inventory-merge.ts'
import type { Group, Inventory, InventoryHost, InventorySource } from './inventory-model.ts'
import type { VarsFolders } from './vars-folders.ts'

/** Several sources are one inventory: later ones win where both set a variable. Folders: inventory's first, then the playbook's. */
export function readInventory(
  sources: readonly InventorySource[],
  folders: readonly VarsFolders[],
  complaints: Complaints,
): Inventory {
  const written = readInventoryGroups(sources, complaints)
  const { groups, hostVars, hostFiles } = written
  const members = new Map([...groups.keys()].map((name) => [name, collectHosts(groups, name)]))
  members.set('all', [...hostVars.keys()])
  const grouped = new Set(
    [...members].flatMap(([name, hosts]) => (name === 'all' || name === 'ungrouped' ? [] : hosts)),
  )
  members.set(
    'ungrouped',
    [...hostVars.keys()].filter((host) => !grouped.has(host)),
  )
  const groupsOf = invert(members)
  const hosts = [...hostVars.keys()].map((name): [string, InventoryHost] => {
    const mine = groupsOf.get(name) ?? []
    const vars = mergeVariables(name, mine, written, folders)
    const file = hostFiles.get(name)
    const host = { name, groups: mine.filter((group) => group !== 'all').sort(), vars }
    return [name, file === undefined ? host : { ...host, file }]
  })
  reportUnknownFolders(folders, members, hostVars, complaints)
  return { hosts: new Map(hosts), groups: members, tree: groups }
}

function collectHosts(groups: ReadonlyMap<string, Group>, name: string): string[] {
  const group = groups.get(name)
  if (!group) return []
  const children = [...group.children].flatMap((child) => collectHosts(groups, child))
  return [...new Set([...group.hosts, ...children])]
}

/** Host to its groups: looked up once, not searched for every host. */
function invert(members: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const groupsOf = new Map<string, string[]>()
  for (const [group, hosts] of members)
    for (const host of hosts) groupsOf.set(host, [...(groupsOf.get(host) ?? []), group])
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
