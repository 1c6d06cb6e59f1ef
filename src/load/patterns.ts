import { RE2JS } from 're2js'
import type { Complaints } from './complaints.ts'
import type { YamlDocument } from './document.ts'
import type { Inventory } from './inventory-model.ts'
import { suggestOrList } from './suggest.ts'

/** A pattern, and where it is written. */
export interface WrittenPattern {
  readonly pattern: unknown
  readonly document: YamlDocument
  readonly pointer: string
}

/**
 * The hosts that an Ansible host pattern names, in inventory order: terms with commas or colons, globs, `~regex`,
 * `group[0]`, `group[0:2]`, `&` for an intersection and `!` for an exclusion. What Ansible passes over in silence is
 * an error here: a term that the inventory does not know, and a pattern that selects nobody.
 */
export function matchHosts(
  { pattern, document, pointer }: WrittenPattern,
  inventory: Inventory,
  complaints: Complaints,
): string[] {
  const terms = [pattern].flat().flatMap((each) => splitTerms(String(each), inventory))
  const found = terms.map((term) => ({
    operator: operatorOf(term),
    hosts: matchTerm(term.replace(/^[&!]/, ''), inventory),
  }))
  for (const [index, { hosts }] of found.entries()) {
    if (typeof hosts !== 'string') continue
    const term = terms[index]?.replace(/^[&!]/, '')
    const message = `the inventory has no host or group "${term}"`
    complaints.at(document, pointer, { code: 'unknown-host', message, hint: hosts })
  }
  const chosen = combine(
    found.map(({ operator, hosts }) => ({ operator, hosts: typeof hosts === 'string' ? [] : hosts })),
  )
  if (chosen.size === 0 && found.every(({ hosts }) => typeof hosts !== 'string')) {
    const hint = 'add hosts to the group, or name another'
    complaints.at(document, pointer, { code: 'no-hosts', message: 'this selects no host', hint })
  }
  return [...inventory.hosts.keys()].filter((host) => chosen.has(host))
}

type Operator = '' | '&' | '!'

function operatorOf(term: string): Operator {
  return term.startsWith('&') ? '&' : term.startsWith('!') ? '!' : ''
}

/** At commas and colons, but for those between brackets, and those of an IPv6 address. */
function splitTerms(pattern: string, { hosts }: Inventory): string[] {
  if (hosts.has(pattern)) return [pattern]
  return (pattern.match(/(?:\[[^\]]*\]|[^,:[])+/g) ?? [])
    .map((term) => term.trim())
    .filter((term) => term !== '')
}

/** All unions first, then intersections, then exclusions, wherever they stand: as Ansible does. */
function combine(terms: readonly { operator: Operator; hosts: readonly string[] }[]): Set<string> {
  const of = (operator: Operator) => terms.filter((term) => term.operator === operator)
  const chosen = new Set(of('').flatMap(({ hosts }) => hosts))
  for (const { hosts } of of('&')) {
    const wanted = new Set(hosts)
    for (const host of chosen) if (!wanted.has(host)) chosen.delete(host)
  }
  for (const { hosts } of of('!')) for (const host of hosts) chosen.delete(host)
  return chosen
}

/** The hosts of one term, or a hint when it names nothing. */
function matchTerm(term: string, inventory: Inventory): readonly string[] | string {
  if (term.startsWith('~')) return matchRegex(term.slice(1), inventory)
  const exact = membersOf(term, inventory)
  if (exact) return exact
  const [, name = '', from = '', colon, to = ''] = /^(.+)\[(-?\d+)?(:)?(-?\d+)?\]$/.exec(term) ?? []
  const subscripted = name === '' ? undefined : membersOf(name, inventory)
  if (subscripted) return slice(subscripted, from, colon !== undefined, to)
  const matching = /[*?]/.test(term) ? matchGlob(term, inventory) : []
  return matching.length > 0
    ? matching
    : suggestOrList(term, [...inventory.groups.keys(), ...inventory.hosts.keys()])
}

function membersOf(name: string, { groups, hosts }: Inventory): readonly string[] | undefined {
  return groups.get(name) ?? (hosts.has(name) ? [name] : undefined)
}

/** Both ends included; counted from the end when negative. */
function slice(hosts: readonly string[], from: string, isRange: boolean, to: string): readonly string[] {
  const index = (text: string, fallback: number) =>
    text === '' ? fallback : (Number(text) + hosts.length) % hosts.length
  const first = index(from, 0)
  return isRange ? hosts.slice(first, index(to, hosts.length - 1) + 1) : hosts.slice(first, first + 1)
}

/** From the start of the name, as Ansible does; RE2, so that no pattern can take long. */
function matchRegex(regex: string, inventory: Inventory): readonly string[] | string {
  try {
    const compiled = RE2JS.compile(regex)
    const matching = matchNames((name) => compiled.matcher(name).lookingAt(), inventory)
    return matching.length > 0 ? matching : 'no host or group has a name that starts like that'
  } catch (error) {
    return `this is no regular expression (RE2): ${error instanceof Error ? error.message : ''}`
  }
}

/** `*` and `?` only. */
function matchGlob(term: string, inventory: Inventory): string[] {
  return matchNames(globMatcher(term), inventory)
}

/** Groups as well as hosts whose name fits. */
function matchNames(fits: (name: string) => boolean, { groups, hosts }: Inventory): string[] {
  const fromGroups = [...groups].filter(([name]) => fits(name)).flatMap(([, members]) => members)
  return [...new Set([...fromGroups, ...[...hosts.keys()].filter(fits)])]
}

/** Greedy with one step back: linear in the name for each star. */
function globMatcher(glob: string): (name: string) => boolean {
  return (name) => {
    let g = 0
    let n = 0
    let star = -1
    let resume = 0
    while (n < name.length) {
      if (glob[g] === '*') {
        star = g
        g += 1
        resume = n
      } else if (glob[g] === '?' || glob[g] === name[n]) {
        g += 1
        n += 1
      } else if (star >= 0) {
        g = star + 1
        resume += 1
        n = resume
      } else return false
    }
    return /^\**$/.test(glob.slice(g))
  }
}
