// Of a service that runs on several hosts and is about to be told for its authority's sake, one is not known to be well.
import type { PairDifference } from '../../model/difference.ts'
import { findMembers, findUnhealthy, findUnseen } from '../rotation/unhealthy.ts'
import type { FindHolds, Held, Hold, Situation } from './hold.ts'

/** A cluster that lacks a member already may not survive the restart of another one. Whoever is not well itself is told. */
export const findUnhealthyMembers: FindHolds = (situation) =>
  situation.pairs.flatMap((difference): Hold[] => {
    const { pair, rotation } = difference
    // Where everything is exchanged at once, everything is down anyway, and may be unwell for that very reason.
    if (!rotation || rotation.isAtOnce) return []
    const services = situation.desired.plays.flatMap((play) => play.services)
    const context = { services, actual: situation.actual }
    return [
      ...findUnhealthy(pair, context).flatMap(({ host, name }) =>
        holdOthers(difference, { host, name }, situation, {
          code: 'members-unhealthy',
          message: `${name} is not well here`,
          hint: `bring ${name} back first; the rotation goes on by itself`,
        }),
      ),
      ...findUnseen(pair, context).flatMap(({ host, name }) =>
        holdOthers(difference, { host, name }, situation, {
          code: 'members-unseen',
          message: `whether ${name} is well here cannot be told`,
          hint: `bring ${host} back, or take it out of the inventory if it is gone; the rotation goes on by itself`,
        }),
      ),
    ]
  })

interface Member {
  readonly host: string
  readonly name: string
}

function holdOthers(
  { pair, placements }: PairDifference,
  { host, name }: Member,
  { desired, services }: Situation,
  told: Pick<Hold['problem'], 'code' | 'message' | 'hint'>,
): Hold[] {
  const members = findMembers(
    pair,
    desired.plays.flatMap((play) => play.services),
  ).filter((each) => each.name === name)
  const own = members.find((each) => each.host === host)
  const hosts = members.filter((each) => each !== own).map((each) => each.host)
  const restarting = services
    .filter(
      ({ service, action }) => hosts.includes(service.host) && service.name === name && action === 'restart',
    )
    .map(({ service }): Held => ({ what: 'service', service: service.address }))
  const written = placements
    .filter(
      ({ placement, files }) =>
        hosts.includes(placement.host) &&
        files.some(({ write, isReordered }) => write === 'content' && !isReordered),
    )
    .map(({ placement }): Held => ({ what: 'placement', pair: pair.id, host: placement.host }))
  if (!own || restarting.length + written.length === 0) return []
  const message = `${told.message}, and it would be told on ${hosts.join(', ')} because ${pair.name} changes`
  return [
    {
      held: [...restarting, ...written],
      problem: { ...told, address: own.address, host, message, source: pair.source },
    },
  ]
}
