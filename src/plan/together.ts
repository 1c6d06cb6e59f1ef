// What belongs together on a host: an authority that changes and whatever it signs there. Pure.
import type { Address } from '../model/address.ts'
import type { DesiredService, PairId } from '../model/desired.ts'
import type { PairDifference, PlacementDifference } from '../model/difference.ts'
import type { Inseparable } from '../model/plan.ts'

/**
 * What goes back when a service fails: the addresses of all that changes on its host and that it uses or is proved by,
 * with what belongs together with that. What else changes there stays.
 */
export function findTogether(service: DesiredService, pairs: readonly PairDifference[]): Address[] {
  const changing = new Map(pairs.flatMap((each) => changeOn(service.host, each)))
  const together = closeOver(
    findOwn(service).filter((id) => changing.has(id)),
    changing,
  )
  return together.flatMap((id) => changing.get(id)?.address ?? [])
}

/** Whether anything that it uses changes on its host. */
export function usesChange({ host, uses }: DesiredService, pairs: readonly PairDifference[]): boolean {
  const changing = new Map(pairs.flatMap((each) => changeOn(host, each)))
  return uses.some(({ pair }) => changing.has(pair))
}

/**
 * What goes in all together or not at all: where an authority is there already and gets another certificate, what it
 * signs has to follow, or would be left with one that nobody trusts any more.
 */
export function findInseparable(host: string, pairs: readonly PairDifference[]): Inseparable[] {
  const changing = new Map(pairs.flatMap((each) => changeOn(host, each)))
  const groups = new Map<PairId, Inseparable>()
  for (const [id, { isReplaced }] of changing) {
    if (!isReplaced || groups.has(id)) continue
    const ids = closeOver([id], changing)
    if (ids.length === 1) continue
    const members = ids.flatMap((each) => changing.get(each) ?? [])
    const group = {
      addresses: members.map(({ address }) => address),
      there: members.flatMap(({ address, isThere }) => (isThere ? [address] : [])),
    }
    for (const each of ids) groups.set(each, group)
  }
  return [...new Set(groups.values())]
}

interface ChangeOnHost {
  readonly address: Address
  readonly authority: PairId | undefined
  /** A certificate stands in its place already. */
  readonly isThere: boolean
  /** It signs, and another certificate takes that place. */
  readonly isReplaced: boolean
}

function changeOn(host: string, { pair, placements }: PairDifference): (readonly [PairId, ChangeOnHost])[] {
  return placements
    .filter(
      ({ placement, files }) => placement.host === host && files.some(({ write }) => write !== 'nothing'),
    )
    .map(({ placement: { address }, files }) => {
      const isThere = files.some(
        ({ copy, what, fact }) => !copy && what === 'certificate' && fact.kind !== 'absent',
      )
      const isReplaced = pair.kind === 'authority' && isThere && isRewritten(files)
      return [pair.id, { address, authority: pair.authority, isThere, isReplaced }] as const
    })
}

function isRewritten(files: PlacementDifference['files']): boolean {
  return files.some(({ copy, what, write }) => !copy && what === 'certificate' && write === 'content')
}

/** With these, the authorities above that change too, and all that those sign. */
function closeOver(start: readonly PairId[], changing: ReadonlyMap<PairId, ChangeOnHost>): PairId[] {
  const together = new Set(start)
  // A set hands out what is added to it on the way.
  for (const id of together) {
    const authority = changing.get(id)?.authority
    if (authority !== undefined && changing.has(authority)) together.add(authority)
    for (const [signed, change] of changing) if (change.authority === id) together.add(signed)
  }
  return [...together]
}

function findOwn({ uses, probe }: DesiredService): PairId[] {
  const present = probe?.kind === 'command' ? undefined : probe?.present
  const shown = probe?.kind === 'tls' ? probe.expect : probe?.kind === 'http' ? probe.authority : undefined
  return [...uses.map(({ pair }) => pair), ...[present, shown].filter((id) => id !== undefined)]
}
