import type { Actual } from '../model/actual.ts'
import type { Desired, DesiredPlay } from '../model/desired.ts'
import type { PairDifference } from '../model/difference.ts'
import type { PlannedBatch } from '../model/plan.ts'

/** For each play, for each of its hosts: which batch of the whole run it belongs to. */
export type Batches = readonly ReadonlyMap<string, number>[]

/**
 * Numbers the batches of all plays through, from 0; the host where a singleton service runs comes last in its play, and so
 * does the one whose service leads the others: were it told before them, another would have to take over, and again.
 */
export function numberBatches(
  desired: Desired,
  actual: Actual,
  atOnce: ReadonlySet<number> = new Set(),
): Batches {
  let next = 0
  return desired.plays.map((play, index) => {
    const numbers = new Map<string, number>()
    const ordered = orderBatches(play, actual)
    for (const batch of atOnce.has(index) ? [ordered.flat()] : ordered) {
      for (const host of batch) numbers.set(host, next)
      next += 1
    }
    return numbers
  })
}

/** The plays in which a trust anchor is exchanged without an overlap: `serial` would only make for a longer outage. */
export function findAtOnce(pairs: readonly PairDifference[]): ReadonlySet<number> {
  return new Set(
    pairs.flatMap(({ play, rotation }) => (rotation?.isAtOnce && rotation.advances ? [play] : [])),
  )
}

/** A host outside the play (the control node) belongs to the play's first batch. */
export function batchOf(batches: Batches, play: number, host: string): number {
  const numbers = batches[play]
  return numbers?.get(host) ?? Math.min(...(numbers?.values() ?? []), Number.MAX_SAFE_INTEGER)
}

/** The same sizes; active hosts of singletons, and leaders, after all others. */
function orderBatches(play: DesiredPlay, actual: Actual): string[][] {
  const hosts = play.batches.flat()
  const last = new Set(hosts.filter((host) => comesLast(play, host, actual)))
  const ordered = [...hosts.filter((host) => !last.has(host)), ...last]
  return play.batches.map((batch) => ordered.splice(0, batch.length))
}

function comesLast(play: DesiredPlay, name: string, actual: Actual): boolean {
  return (
    leads(play, name, actual) ||
    findFacts(play, name, actual).some(({ service, fact }) => service.singleton && fact.state === 'active')
  )
}

function leads(play: DesiredPlay, name: string, actual: Actual): boolean {
  return findFacts(play, name, actual).some(({ fact }) => fact.leads === true)
}

function findFacts({ services }: DesiredPlay, name: string, actual: Actual) {
  const host = actual.hosts[name]
  if (host?.kind !== 'observed') return []
  return services.flatMap((service) => {
    const fact = service.host === name ? host.services[service.name] : undefined
    return fact ? [{ service, fact }] : []
  })
}

interface Marked {
  readonly actual: Actual
  readonly lost: ReadonlySet<string>
  readonly pressing: ReadonlySet<string>
  readonly atOnce: ReadonlySet<number>
}

/** All batches of the run, by number. Hosts that are lost before it begins count where the play sets a limit. */
export function describeBatches(
  desired: Desired,
  batches: Batches,
  { actual, lost, pressing, atOnce }: Marked,
): PlannedBatch[] {
  return desired.plays.flatMap((play, index) => {
    const numbers = [...(batches[index] ?? [])]
    const { maxFailPercentage, anyErrorsFatal } = play
    const ends = anyErrorsFatal ? 'run' : 'play'
    return [...new Set(numbers.map(([, number]) => number))].map((number) => {
      const hosts = numbers.flatMap(([host, each]) => (each === number ? [host] : []))
      const percentage = anyErrorsFatal ? 0 : maxFailPercentage
      const base = {
        number,
        hosts,
        play: index,
        ends,
        pressing: hosts.some((host) => pressing.has(host)),
      } as const
      // Half of it done is worse than all of it: nothing that fails stops the rest.
      if (atOnce.has(index)) {
        const leaders = hosts.filter((host) => leads(play, host, actual))
        return { ...base, allowedFailures: hosts.length, onExcess: 'finish', atOnce: { leaders } }
      }
      if (percentage === undefined) return { ...base, allowedFailures: 0, onExcess: 'finish' }
      const allowed = Math.floor((percentage / 100) * hosts.length)
      const left = allowed - hosts.filter((host) => lost.has(host)).length
      return { ...base, allowedFailures: Math.max(0, left), onExcess: 'stop' }
    })
  })
}
