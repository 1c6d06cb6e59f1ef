import type { Complaints } from './complaints.ts'
import type { YamlDocument } from './document.ts'
import type { Inventory } from './inventory.ts'
import { suggestOrList } from './suggest.ts'

/** The hosts that a play's `hosts` names, in inventory order: hosts, groups, `all`, lists of them. */
export function matchHosts(
  pattern: unknown,
  inventory: Inventory,
  document: YamlDocument,
  pointer: string,
  complaints: Complaints,
): string[] {
  const terms = [pattern]
    .flat()
    .flatMap((each) => String(each).split(/[,;]/))
    .map((term) => term.trim())
  const chosen = new Set<string>()
  for (const term of terms.filter((each) => each !== '')) {
    const found = inventory.groups.get(term) ?? (inventory.hosts.has(term) ? [term] : undefined)
    if (!found) {
      const known = [...inventory.groups.keys(), ...inventory.hosts.keys()]
      const hint = /[*?~!&[\]:]/.test(term)
        ? 'patterns are not taken: name hosts and groups'
        : suggestOrList(term, known)
      complaints.at(document, pointer, {
        code: 'unknown-host',
        message: `the inventory has no host or group "${term}"`,
        hint,
      })
    }
    for (const host of found ?? []) chosen.add(host)
  }
  if (chosen.size === 0 && !complaints.hasErrors)
    complaints.at(document, pointer, {
      code: 'no-hosts',
      message: 'this selects no host',
      hint: 'add hosts to the group, or name another',
    })
  return [...inventory.hosts.keys()].filter((host) => chosen.has(host))
}
