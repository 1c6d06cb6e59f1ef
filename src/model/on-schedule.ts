import { inheritedReasons, timeReasons } from './change.ts'
import type { PairDifference } from './difference.ts'

/** Its time has come, or that of the authority above it: nothing else was wrong with it. */
export function isOnSchedule({ pair, issue }: PairDifference, pairs: readonly PairDifference[]): boolean {
  if (!issue) return false
  if (issue.reasons.every(({ code }) => timeReasons.has(code))) return true
  const above = pairs.find((each) => each.pair.id === pair.authority)
  return (
    above !== undefined &&
    issue.reasons.every(({ code }) => inheritedReasons.has(code)) &&
    // While one trust anchor takes the place of another, all is issued anew, there and back.
    (above.rotation?.advances === true || isOnSchedule(above, pairs))
  )
}
