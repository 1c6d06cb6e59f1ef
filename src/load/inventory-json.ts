import { mask } from '../model/secret.ts'
import type { Inventory } from './inventory-model.ts'

/** The shape of `ansible-inventory --list`: groups with their own hosts and children, and every host's variables under `_meta`. */
export function inventoryToJson(inventory: Inventory): Record<string, unknown> {
  const hostvars = [...inventory.hosts.values()]
    .map(({ name }) => [name, hostVarsOf(inventory, name)] as const)
    .filter(([, vars]) => Object.keys(vars).length > 0)
  const groups = [...treeOf(inventory)].map(([name, { hosts, children }]): [string, object] => [
    name,
    {
      ...(hosts.length > 0 && name !== 'all' ? { hosts } : {}),
      ...(children.length > 0 ? { children } : {}),
    },
  ])
  return {
    _meta: { hostvars: Object.fromEntries(hostvars) },
    ...Object.fromEntries(groups.filter(([, body]) => Object.keys(body).length > 0)),
  }
}

/** A host's variables as plain values; secrets are masked. */
export function hostVarsOf({ hosts }: Inventory, name: string): Record<string, unknown> {
  const vars = Object.entries(hosts.get(name)?.vars ?? {})
  return Object.fromEntries(vars.map(([key, { value }]) => [key, maskedValue(key, value)]))
}

/** Secrets print as their mask by themselves; passwords in clear text are masked by their name. */
export function maskedValue(name: string, value: unknown): unknown {
  return /^ansible_.*pass(word|phrase)?$/.test(name) ? mask : value
}

/** Every group that can be reached from `all`: groups that no other contains are its children, like Ansible's `ungrouped`. */
export function treeOf({ tree, groups }: Inventory): Map<string, { hosts: string[]; children: string[] }> {
  const contained = new Set(
    [...tree].flatMap(([name, { children }]) => (name === 'all' ? [] : [...children])),
  )
  const tops = [...tree.keys()].filter(
    (name) => name !== 'all' && name !== 'ungrouped' && !contained.has(name),
  )
  const ungrouped = [...(groups.get('ungrouped') ?? [])]
  const all = new Set(['ungrouped', ...(tree.get('all')?.children ?? []), ...tops])
  const result = new Map([['all', { hosts: [] as string[], children: [...all] }]])
  for (const [name, { hosts, children }] of tree)
    if (name !== 'all' && name !== 'ungrouped')
      result.set(name, { hosts: [...hosts], children: [...children] })
  if (ungrouped.length > 0) result.set('ungrouped', { hosts: ungrouped, children: [] })
  return result
}
