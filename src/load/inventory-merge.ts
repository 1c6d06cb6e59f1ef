import type { Group, Variable, WrittenInventory } from './inventory-model.ts'
import type { VarsFolders } from './vars-folders.ts'

/**
 * A host's variables in Ansible's order, the last one wins: `all` and then the other groups as the inventory has them,
 * group_vars for `all`, group_vars for the others, the host as the inventory has it, host_vars. Among groups, deeper
 * ones win, then those of higher priority, then the later name.
 */
export function mergeVariables(
  host: string,
  groups: readonly string[],
  { groups: written, hostVars }: WrittenInventory,
  folders: readonly VarsFolders[],
): Record<string, Variable> {
  const others = sortGroups(
    groups.filter((name) => name !== 'all'),
    written,
  )
  const layers = [
    written.get('all')?.vars,
    ...others.map((name) => written.get(name)?.vars),
    ...folders.map((folder) => folder.groups.get('all')),
    ...folders.flatMap((folder) => others.map((name) => folder.groups.get(name))),
    hostVars.get(host),
    ...folders.map((folder) => folder.hosts.get(host)),
  ]
  return Object.assign(Object.create(null), ...layers.map((layer) => Object.fromEntries(layer ?? [])))
}

function sortGroups(names: readonly string[], groups: ReadonlyMap<string, Group>): string[] {
  const depths = depthsOf(groups)
  const rank = (name: string) => depths.get(name) ?? 1
  const priority = (name: string) => groups.get(name)?.priority ?? 1
  return [...names].sort((a, b) => rank(a) - rank(b) || priority(a) - priority(b) || (a < b ? -1 : 1))
}

const measured = new WeakMap<ReadonlyMap<string, Group>, ReadonlyMap<string, number>>()

/** `all` is 0; every other group at least 1, and one more than its deepest parent. Measured once an inventory. */
function depthsOf(groups: ReadonlyMap<string, Group>): ReadonlyMap<string, number> {
  const known = measured.get(groups)
  if (known) return known
  const depths = new Map<string, number>()
  const visit = (name: string, depth: number) => {
    if ((depths.get(name) ?? -1) >= depth) return
    depths.set(name, depth)
    for (const child of groups.get(name)?.children ?? []) visit(child, depth + 1)
  }
  for (const name of groups.keys()) visit(name, name === 'all' ? 0 : 1)
  measured.set(groups, depths)
  return depths
}
