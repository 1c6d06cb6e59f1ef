import type { Desired, DesiredService } from '../model/desired.ts'
import type { Difference, ServiceDifference } from '../model/difference.ts'
import type { ServiceTask } from '../model/plan.ts'
import { resolvePairs } from '../services/probe.ts'
import { type Batches, batchOf, findAtOnce } from './batches.ts'
import type { Pressing } from './pressing.ts'
import { planPool } from './service-pool.ts'
import { findTogether, usesChange } from './together.ts'

/**
 * At most one task a service and host, host by host, each in the order of the policy's `after`. Where nothing changes for
 * a service, its proof is taken after everything else, so that what it lacks keeps nobody else waiting, and puts nothing back.
 */
export function makeServiceTasks(
  desired: Desired,
  difference: Difference,
  batches: Batches,
  pressing: Pressing,
): ServiceTask[] {
  const pairs = desired.plays.flatMap((play) => play.pairs)
  const atOnce = findAtOnce(difference.pairs)
  const last = Math.max(0, ...batches.flatMap((numbers) => [...numbers.values()]))
  const tasks = difference.services.flatMap((each: ServiceDifference): ServiceTask[] => {
    const { service, action, play } = each
    if (action === 'none') return []
    const probe = resolvePairs(service, pairs)
    const isQuiet = action === 'verify' && !usesChange(service, difference.pairs)
    return [
      {
        kind: 'service',
        id: `${action} ${service.address}`,
        batch: isQuiet ? last : batchOf(batches, play, service.host),
        host: service.host,
        address: service.address,
        name: service.name,
        action,
        manager: service.manager,
        ...(probe ? { probe } : {}),
        isShownWhole: isShownWhole(service),
        // Without an overlap, the old files are those that nobody else accepts any more.
        onFailure: atOnce.has(play) ? 'keep' : (desired.plays[play]?.onFailure ?? 'rollback'),
        after: service.after,
        pressing: pressing.services.has(service),
        uses: service.uses.flatMap(({ pair }) => {
          const placements = pairs.find(({ id }) => id === pair)?.placements ?? []
          return placements
            .filter(({ host }) => host === service.host)
            .map(({ certificate }) => certificate.path)
        }),
        goesBack: isQuiet ? [] : findTogether(service, difference.pairs),
        ...planPool(each),
      },
    ]
  })
  // A batch's hosts are in their order: where a singleton runs comes last.
  const order = new Map(batches.flatMap((numbers) => [...numbers.keys()]).map((host, rank) => [host, rank]))
  const quiet = ({ action, goesBack }: ServiceTask) => (action === 'verify' && goesBack.length === 0 ? 1 : 0)
  const rank = ({ host }: ServiceTask) => order.get(host) ?? 0
  return tasks.toSorted((a, b) => a.batch - b.batch || quiet(a) - quiet(b) || rank(a) - rank(b))
}

function isShownWhole({ uses, probe }: DesiredService): boolean {
  const shown = probe?.kind === 'tls' ? probe.expect : undefined
  return uses.every(({ pair, effect }) => effect === 'hot' || pair === shown)
}
