import type { Group, Layer, Variable, VarsFolders, WrittenInventory } from './inventory-model.ts'

/**
 * A host's variables in Ansible's order, the last layer wins: `all` and then the other groups as the inventory has
 * them, group_vars for `all`, group_vars for the others, the host as the inventory has it, host_vars. Among groups,
 * deeper ones win, then those of higher priority, then the later name.
 */
export function makeLayers(
  { groups: written, hostVars }: WrittenInventory,
  folders: readonly VarsFolders[],
): (host: string, groups: readonly string[]) => Layer[] {
  const ranks = new Map(sortGroups(written).map((name, index) => [name, index]))
  return (host, groups) => {
    const others = groups
      .filter((name) => name !== 'all')
      .sort((a, b) => (ranks.get(a) ?? -1) - (ranks.get(b) ?? -1))
    const layers = [
      written.get('all')?.vars,
      ...others.map((name) => written.get(name)?.vars),
      ...folders.map((folder) => folder.groups.get('all')),
      ...folders.flatMap((folder) => others.map((name) => folder.groups.get(name))),
      hostVars.get(host),
      ...folders.map((folder) => folder.hosts.get(host)),
    ]
    return layers.filter((layer) => layer !== undefined && layer.size > 0) as Layer[]
  }
}

export function mergeLayers(layers: readonly Layer[]): Record<string, Variable> {
  const merged: Record<string, Variable> = Object.create(null)
  for (const layer of layers) for (const [name, variable] of layer) merged[name] = variable
  return merged
}

/** Remembers what a variable replaces within its layer. */
export function setVariable(layer: Map<string, Variable>, name: string, variable: Variable): void {
  const overrode = layer.get(name)
  layer.set(name, overrode ? { ...variable, overrode } : variable)
}

function sortGroups(groups: ReadonlyMap<string, Group>): string[] {
  const depths = depthsOf(groups)
  const depth = (name: string) => depths.get(name) ?? 1
  const priority = (name: string) => groups.get(name)?.priority ?? 1
  return [...new Set([...groups.keys(), 'ungrouped'])].sort(
    (a, b) => depth(a) - depth(b) || priority(a) - priority(b) || (a < b ? -1 : 1),
  )
}

/** `all` is 0; every other group at least 1, and one more than its deepest parent. */
function depthsOf(groups: ReadonlyMap<string, Group>): ReadonlyMap<string, number> {
  const parents = new Map<string, string[]>()
  for (const [name, { children }] of groups)
    for (const child of children) parents.set(child, [...(parents.get(child) ?? []), name])
  const depths = new Map<string, number>()
  const measure = (name: string): number => {
    const known = depths.get(name)
    if (known !== undefined) return known
    const above = (parents.get(name) ?? []).map(measure)
    const depth = name === 'all' ? 0 : 1 + Math.max(0, ...above)
    depths.set(name, depth)
    return depth
  }
  for (const name of groups.keys()) measure(name)
  return depths
}
