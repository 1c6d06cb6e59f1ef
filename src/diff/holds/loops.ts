// A loop: what is issued anew with every run is not what ails the certificate. A CA should not sign for it without end.
import type { FindHolds, Hold } from './hold.ts'

const windowMs = 24 * 3_600_000
const usualIssues = 3

/** Certificates that would be issued anew, and have been often enough within the 24 hours before `at`. */
export const findLoops: FindHolds = ({ desired, pairs, at, control }) => {
  const bound = Math.max(usualIssues, desired.allowed.issues ?? 0)
  return pairs.flatMap(({ pair, issue, origin }): Hold[] => {
    if (!issue || !origin) return []
    const addresses = pair.placements.map(({ address }) => address)
    const instants = control.issuances
      .filter(({ address }) => addresses.includes(address))
      .map((each) => Date.parse(each.at))
      .filter((instant) => instant <= at.getTime() && instant > at.getTime() - windowMs)
      .sort((a, b) => a - b)
    if (instants.length < bound) return []
    const told = instants.slice(-bound).map((instant) => new Date(instant).toISOString().slice(0, 19))
    return [
      {
        held: [{ what: 'issue', pair: pair.id }],
        problem: {
          address: origin.placement.address,
          host: origin.host,
          code: 'issued-too-often',
          message: `issued ${instants.length} times within 24 hours (${told.join('Z, ')}Z), and would be again: ${issue.reasons.map(({ message }) => message).join('; ')}`,
          hint: `look at what undoes it (another tool that writes the files, a service that fails and is rolled back; certwright history); if that is right: --allow issues=${instants.length + 1}`,
          source: pair.source,
        },
      },
    ]
  })
}
