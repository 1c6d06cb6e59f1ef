// Members of a cluster that are not well: no other one is told anything while they are not. Decides only.
import type { DesiredPair, DesiredService } from '../../model/desired.ts'
import type { RotationWait } from '../../model/difference.ts'
import type { PairContext } from '../pair.ts'

/** Of a service that runs on several hosts at once, and has to be told when its authority changes. */
export function findUnhealthy(
  pair: DesiredPair,
  { services, actual }: Pick<PairContext, 'services' | 'actual'>,
): RotationWait[] {
  return findMembers(pair, services).flatMap(({ host, name }): RotationWait[] => {
    const fact = actual.hosts[host]
    const service = fact?.kind === 'observed' ? fact.services[name] : undefined
    const isDown =
      service?.state === 'inactive' || service?.state === 'failed' || service?.probe?.kind === 'failed'
    return isDown
      ? [{ host, service: name, what: 'unhealthy', message: `${name} on ${host}, which is not well` }]
      : []
  })
}

/** Those of which there are several. */
export function findMembers(
  pair: Pick<DesiredPair, 'id'>,
  services: readonly DesiredService[],
): DesiredService[] {
  const using = services.filter(
    ({ uses, singleton }) => !singleton && uses.some((use) => use.pair === pair.id && use.effect !== 'hot'),
  )
  return using.filter(({ name, host }) => using.some((other) => other.name === name && other.host !== host))
}
