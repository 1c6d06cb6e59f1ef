// Of a service that runs on several hosts and is about to be told for its authority's sake, one is not well.

import { findMembers, findUnhealthy } from '../rotation/unhealthy.ts'
import type { FindHolds, Held, Hold, Situation } from './hold.ts'

/** A cluster that lacks a member already may not survive the restart of another one. Whoever is not well itself is told. */
export const findUnhealthyMembers: FindHolds = (situation) => {
  const services = situation.desired.plays.flatMap((play) => play.services)
  return situation.pairs.flatMap(({ pair, rotation, placements }): Hold[] => {
    // Where everything is exchanged at once, everything is down anyway, and may be unwell for that very reason.
    if (!rotation || rotation.isAtOnce) return []
    const members = findMembers(pair, services)
    return findUnhealthy(pair, { services, actual: situation.actual }).flatMap(
      ({ host, service }): Hold[] => {
        const others = members.filter((each) => each.name === service && each.host !== host)
        const held = others
          .filter((each) => isTold(each.address, situation))
          .map(({ address }): Held => ({ what: 'service', service: address }))
        const files = placements
          .filter(
            ({ placement, files }) =>
              others.some((each) => each.host === placement.host) &&
              files.some(({ write, isReordered }) => write === 'content' && !isReordered),
          )
          .map(({ placement }): Held => ({ what: 'placement', pair: pair.id, host: placement.host }))
        const own = members.find((each) => each.name === service && each.host === host)
        if (!own || held.length + files.length === 0) return []
        return [
          {
            held: [...held, ...files],
            problem: {
              address: own.address,
              host,
              code: 'members-unhealthy',
              message: `${service} is not well here, and would be told on ${others.map((each) => each.host).join(', ')} because ${pair.name} changes`,
              hint: `bring ${service} back first; the rotation goes on by itself`,
              source: pair.source,
            },
          },
        ]
      },
    )
  })
}

function isTold(address: string, { services }: Situation): boolean {
  return services.some(({ service, action }) => service.address === address && action === 'restart')
}
