// Members of a cluster that are not known to be well: no other one is told anything meanwhile. Decides only.
import type { ServiceFact } from '../../model/actual.ts'
import type { DesiredPair, DesiredService } from '../../model/desired.ts'
import type { PairContext } from '../pair.ts'

type Known = Pick<PairContext, 'services' | 'actual'>

/** Of a service that runs on several hosts at once, and has to be told when its authority changes. */
export function findUnhealthy(pair: Pick<DesiredPair, 'id'>, { services, actual }: Known): DesiredService[] {
  return findMembers(pair, services).filter(({ host, name }) => {
    const fact = actual.hosts[host]
    return fact?.kind === 'observed' && isDown(fact.services[name])
  })
}

function isDown(fact: ServiceFact | undefined): boolean {
  return fact?.state === 'inactive' || fact?.state === 'failed' || fact?.probe?.kind === 'failed'
}

export function findUnseen(pair: Pick<DesiredPair, 'id'>, { services, actual }: Known): DesiredService[] {
  return findMembers(pair, services).filter(({ host }) => actual.hosts[host]?.kind !== 'observed')
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
