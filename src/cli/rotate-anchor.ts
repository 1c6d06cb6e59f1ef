// Which trust anchors a name on the command line means.
import { suggestOrList } from '../load/suggest.ts'
import type { Desired, DesiredPair } from '../model/desired.ts'
import type { Diagnostic } from '../model/diagnostic.ts'

/** Of all plays: policies of one playbook may share an authority's name. */
export function findAnchors(desired: Desired, name: string): readonly DesiredPair[] | Diagnostic {
  const authorities = desired.plays
    .flatMap(({ pairs }) => pairs)
    .filter(({ kind, waiting }) => kind === 'authority' && waiting === undefined)
  const named = authorities.filter((pair) => pair.name === name)
  const anchors = named.filter(({ authority }) => authority === undefined)
  const [intermediate] = named
  if (anchors.length > 0) return anchors
  if (intermediate) return describeIntermediate(intermediate, authorities)
  const names = authorities.filter(({ authority }) => authority === undefined).map((each) => each.name)
  return {
    code: 'unknown-authority',
    severity: 'error',
    message: `no policy of this playbook has an authority "${name}"`,
    hint: suggestOrList(name, [...new Set(names)]),
  }
}

function describeIntermediate(
  { name, authority }: DesiredPair,
  authorities: readonly DesiredPair[],
): Diagnostic {
  const superior = authorities.find(({ id }) => id === authority)?.name ?? ''
  return {
    code: 'not-an-anchor',
    severity: 'error',
    message: `${name} is signed by ${superior}: nobody trusts it by itself, and it needs no rotation`,
    hint: `apply renews it like any certificate; what is trusted is "${superior}"`,
  }
}

/** What the policy brings is what is wanted: the way back from it begins there. Undefined: it is wanted for no such reason. */
export function findSupplied(anchors: readonly DesiredPair[]): Diagnostic | undefined {
  const supplied = anchors.find((each) => each.supplied)?.supplied
  if (!supplied) return undefined
  return {
    code: 'supplied-is-wanted',
    severity: 'error',
    message: 'this CA is supplied: as long as the policy brings it, there is no way back from it',
    hint: 'supply the one before it there, or none; rotate then leads to that',
    source: supplied.source,
  }
}

/** Services that stop to understand each other, where another authority is put in place of one at once. */
export function findAffected(desired: Desired, anchors: readonly DesiredPair[]): string[] {
  const affected = desired.plays.flatMap(({ pairs, services }) => {
    const own = new Set(anchors.map(({ id }) => id))
    // Authorities come before what they sign.
    for (const { id, authority } of pairs) if (authority !== undefined && own.has(authority)) own.add(id)
    return services.filter(({ uses }) => uses.some(({ pair }) => own.has(pair)))
  })
  const names = [...new Set(affected.map(({ name }) => name))]
  return names.map((name) => {
    const hosts = affected.filter((each) => each.name === name).map(({ host }) => host)
    return `${name} on ${hosts.join(', ')}`
  })
}
