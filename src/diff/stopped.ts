// What `max_fail_percentage` and `any_errors_fatal` come to before anything has begun: hosts that are lost already count.
import type { Problem } from '../model/change.ts'
import type { Desired, DesiredPlay } from '../model/desired.ts'
import type { Difference } from '../model/difference.ts'
import { isBusy } from './busy.ts'

type Judged = Omit<Difference, 'guardedHosts'>

/** Hosts that have something to be done and are held back for the sake of others. */
export function stopPlays({ plays }: Desired, difference: Judged): Judged {
  const { blockedHosts } = difference
  const held = new Map<string, Pick<Problem, 'message' | 'source'>>()
  for (const [index, play] of plays.entries()) {
    const stop = findStop(play, blockedHosts)
    if (!stop) continue
    const { batch, message } = stop
    const own = play.batches.slice(play.anyErrorsFatal ? 0 : batch).flat()
    const others = plays.slice(play.anyErrorsFatal ? 0 : index + 1).flatMap(({ batches }) => batches.flat())
    for (const host of [...own, ...others])
      if (!blockedHosts.has(host) && !held.has(host)) held.set(host, { message, source: play.source })
  }
  const problems = [...held].flatMap(([host, cause]): Problem[] =>
    isBusy(host, difference)
      ? [
          {
            address: `${host}/play`,
            host,
            code: 'play-stopped',
            ...cause,
            hint: 'mend those hosts first, leave them out with --limit, or allow more of them to fail',
          },
        ]
      : [],
  )
  return {
    ...difference,
    problems: [...difference.problems, ...problems],
    blockedHosts: new Set([...blockedHosts, ...held.keys()]),
  }
}

function findStop(
  { batches, maxFailPercentage, anyErrorsFatal }: DesiredPlay,
  lost: ReadonlySet<string>,
): { batch: number; message: string } | undefined {
  if (maxFailPercentage === undefined && !anyErrorsFatal) return undefined
  for (const [batch, hosts] of batches.entries()) {
    const missing = hosts.filter((host) => lost.has(host))
    const allowed = anyErrorsFatal ? 0 : Math.floor(((maxFailPercentage ?? 0) / 100) * hosts.length)
    if (missing.length <= allowed) continue
    const rule = anyErrorsFatal ? 'any_errors_fatal' : `max_fail_percentage: ${maxFailPercentage}`
    return { batch, message: `held back by ${rule}: ${missing.join(', ')} cannot be worked on` }
  }
  return undefined
}
