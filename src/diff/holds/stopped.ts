// What `max_fail_percentage` and `any_errors_fatal` come to before anything has begun: hosts that are lost already count.
import type { Problem } from '../../model/change.ts'
import type { DesiredPlay } from '../../model/desired.ts'
import { isBusy } from './busy.ts'
import { type FindHolds, mayRead } from './hold.ts'
import { findLost } from './lost.ts'

/** Hosts that have something to be done and are held back for the sake of others. */
export const findStopped: FindHolds = (situation) => {
  const { plays } = situation.desired
  const lost = findLost(situation, heldForOthers)
  const stopped = new Map<string, Pick<Problem, 'message' | 'source'>>()
  for (const [index, play] of plays.entries()) {
    const stop = findStop(play, lost)
    if (!stop) continue
    const { batch, message } = stop
    const own = play.batches.slice(play.anyErrorsFatal ? 0 : batch).flat()
    const others = plays.slice(play.anyErrorsFatal ? 0 : index + 1).flatMap(({ batches }) => batches.flat())
    for (const host of [...own, ...others])
      if (!stopped.has(host)) stopped.set(host, { message, source: play.source })
  }
  return [...stopped]
    .filter(([host]) => mayRead(situation.holds, host) && isBusy(host, situation))
    .map(([host, cause]) => ({
      held: [{ what: 'host', host }],
      problem: {
        address: `${host}/play`,
        host,
        code: 'play-stopped',
        ...cause,
        hint: 'mend those hosts first, leave them out with --limit, or allow more of them to fail',
      },
    }))
}

/** Held back for the sake of others, or of the command, they are not what the others are held back for. */
const heldForOthers: ReadonlySet<Problem['code']> = new Set([
  'play-stopped',
  'guard-exceeded',
  'outside-limit',
])

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
