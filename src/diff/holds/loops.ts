// A loop: what is issued anew with every run is not what ails the certificate. A CA should not sign for it without end.
// What comes due by the policy's own schedule is none, however short that is.
import type { Issuance } from '../../model/control.ts'
import type { PairDifference } from '../../model/difference.ts'
import { isOnSchedule } from '../../model/on-schedule.ts'
import { formatSpan } from '../time.ts'
import type { FindHolds, Hold } from './hold.ts'

const longestWindowMs = 24 * 3_600_000
const usualIssues = 3

/** Certificates that would be issued anew though they are not due, and have been often enough before `at`. */
export const findLoops: FindHolds = ({ desired, pairs, at, control: { issuances } }) => {
  const bound = Math.max(usualIssues, desired.allowed.issues ?? 0)
  return pairs.flatMap((difference): Hold[] => {
    const { pair, issue, origin } = difference
    if (!issue || !origin) return []
    const addresses = pair.placements.map(({ address }) => address)
    const own = issuances.filter(({ address }) => addresses.includes(address))
    if (isOnSchedule(difference, pairs) && !isBroughtBack(difference, own)) return []
    const windowMs = Math.min(longestWindowMs, issue.notAfter.getTime() - at.getTime())
    const instants = findUntimely(own, at, windowMs)
    if (instants.length < bound) return []
    const told = instants.slice(-bound).map((instant) => new Date(instant).toISOString().slice(0, 19))
    return [
      {
        held: [{ what: 'issue', pair: pair.id }],
        problem: {
          address: origin.placement.address,
          host: origin.host,
          code: 'issued-too-often',
          message: `issued ${instants.length} times within ${describeWindow(windowMs)} without being due (${told.join('Z, ')}Z), and would be again: ${issue.reasons.map(({ message }) => message).join('; ')}`,
          hint: `look at what undoes it (another tool that writes the files, a service that fails and is rolled back; certwright history); if that is right: --allow issues=${instants.length + 1}`,
          source: pair.source,
        },
      },
    ]
  })
}

/** It has been replaced before, and somebody put it in place again. */
function isBroughtBack({ current }: PairDifference, own: readonly Issuance[]): boolean {
  return current !== undefined && own.some(({ replaced }) => replaced === current.fingerprint)
}

/** As long as the new certificate would live, and no longer than a day: what lives for hours is not issued for days. */
function findUntimely(own: readonly Issuance[], at: Date, windowMs: number): number[] {
  return own
    .filter(({ due }) => !due)
    .map((each) => Date.parse(each.at))
    .filter((instant) => instant <= at.getTime() && instant > at.getTime() - windowMs)
    .sort((a, b) => a - b)
}

function describeWindow(windowMs: number): string {
  return windowMs === longestWindowMs ? '24 hours' : formatSpan(windowMs / 1000)
}
