import type { ProblemCode } from '../../model/change.ts'
import type { Situation } from './hold.ts'

/** Hosts that cannot be worked on as they should be: out of sight, held by another run, or with a problem. */
export function findLost(
  { actual, problems }: Pick<Situation, 'actual' | 'problems'>,
  but: ReadonlySet<ProblemCode> = new Set(),
): Set<string> {
  const away = Object.values(actual.hosts).filter(
    (host) => host.kind === 'unreachable' || host.heldBy !== undefined,
  )
  const troubled = problems.filter(({ code }) => !but.has(code))
  return new Set([...away, ...troubled].map(({ host }) => host))
}
