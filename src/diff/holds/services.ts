import type { DesiredService } from '../../model/desired.ts'
import type { FindHolds, Held, Situation } from './hold.ts'

/**
 * Nobody tells a service anything of which it cannot be told whether it runs. Its leaves are renewed all the same, and
 * what it has to be told stays owed; an authority that it reads at its start only is not exchanged under it.
 */
export const findSilentServices: FindHolds = (situation) =>
  situation.desired.plays.flatMap(({ services }) =>
    services.flatMap((service) => {
      const host = situation.actual.hosts[service.host]
      const fact = host?.kind === 'observed' ? host.services[service.name] : undefined
      if (fact?.state !== 'unknown' || (host?.kind === 'observed' && host.heldBy !== undefined)) return []
      return [
        {
          held: [
            { what: 'service', service: service.address } as const,
            ...findAuthorities(service, situation),
          ],
          problem: {
            address: service.address,
            host: service.host,
            code: 'service-unknown' as const,
            message: `cannot tell whether ${service.name} runs: ${fact.detail ?? 'no answer'}`,
            hint: 'make its manager answer on that host, or choose another manager in the policy',
            source: service.source,
          },
        },
      ]
    }),
  )

function findAuthorities({ uses }: DesiredService, { pairs }: Situation): Held[] {
  return uses.flatMap(({ pair, effect }): Held[] => {
    const used = pairs.find((each) => each.pair.id === pair)
    return effect !== 'hot' && used?.pair.kind === 'authority' ? [{ what: 'issue', pair }] : []
  })
}
