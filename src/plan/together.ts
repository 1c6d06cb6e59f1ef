// What has to go back together when a service fails. Pure.
import type { Address } from '../model/address.ts'
import type { DesiredService, PairId } from '../model/desired.ts'
import type { PairDifference } from '../model/difference.ts'

/**
 * The addresses of all that changes on the service's host and that it uses or is proved by, with what belongs together
 * with that: an authority that changes too and whatever it signs. What else changes there stays when the service fails.
 */
export function findTogether(service: DesiredService, pairs: readonly PairDifference[]): Address[] {
  const changing = new Map(pairs.flatMap((each) => changeOn(service.host, each)))
  const together = new Set(findOwn(service).filter((id) => changing.has(id)))
  // A set hands out what is added to it on the way.
  for (const id of together) {
    const authority = changing.get(id)?.authority
    if (authority !== undefined && changing.has(authority)) together.add(authority)
    for (const [signed, change] of changing) if (change.authority === id) together.add(signed)
  }
  return [...together].flatMap((id) => changing.get(id)?.address ?? [])
}

interface ChangeOnHost {
  readonly address: Address
  readonly authority: PairId | undefined
}

function changeOn(host: string, { pair, placements }: PairDifference): (readonly [PairId, ChangeOnHost])[] {
  return placements
    .filter(
      ({ placement, files }) => placement.host === host && files.some(({ write }) => write !== 'nothing'),
    )
    .map(({ placement: { address } }) => [pair.id, { address, authority: pair.authority }] as const)
}

function findOwn({ uses, probe }: DesiredService): PairId[] {
  const present = probe?.kind === 'command' ? undefined : probe?.present
  const shown = probe?.kind === 'tls' ? probe.expect : probe?.kind === 'http' ? probe.authority : undefined
  return [...uses.map(({ pair }) => pair), ...[present, shown].filter((id) => id !== undefined)]
}
