// Stage diff: Desired × Actual × now → Difference. Pure.
// In: what is wanted, what was observed, the instant to judge at. Out: every difference with all its reasons.
// May not: read, ask, write, or look at the clock.
import type { Actual } from '../model/actual.ts'
import type { Certificate } from '../model/certificate.ts'
import type { ControlFacts } from '../model/control.ts'
import type { Desired, PairId } from '../model/desired.ts'
import type { Difference, PairDifference, ServiceDifference } from '../model/difference.ts'
import { isSameName } from '../x509/name.ts'
import { spreadProblems } from './blocked.ts'
import { findClockProblems } from './clock.ts'
import type { AuthorityState } from './comparison.ts'
import { findForeignProblems } from './foreign.ts'
import { guardPlays } from './guards.ts'
import { findLoops } from './loops.ts'
import { comparePair } from './pair.ts'
import { findProblems } from './problems.ts'
import { findRefusedPairs } from './refused.ts'
import { findRoomProblems } from './room.ts'
import { compareService } from './service.ts'
import { stopPlays } from './stopped.ts'
import { findSuperiors } from './superiors.ts'

/** Without `control`, nothing is known of earlier runs, nor of when this program was built. */
export function diff(
  desired: Desired,
  actual: Actual,
  at: Date,
  control: ControlFacts = { issuances: [] },
): Difference {
  const unreachable = Object.values(actual.hosts).filter(({ kind }) => kind === 'unreachable')
  const pairs = comparePairs(desired, actual, at)
  const compared = [...pairs.values()]
  const heldHosts = new Set(findHeld(actual))
  // What looks odd on a host that another run is at work on is that run's to put right.
  const problems = [
    ...findProblems(desired, actual, at),
    ...findClockProblems(actual, control),
    ...findRoomProblems(compared, actual),
    ...findForeignProblems(compared),
    ...findRefusedPairs(pairs),
    ...findLoops(desired, compared, at, control),
  ].filter(({ host }) => !heldHosts.has(host))
  const blockedHosts = new Set([...[...problems, ...unreachable].map(({ host }) => host), ...heldHosts])
  const services = compareServices(desired, actual, pairs)
  const readOnly = new Set(desired.readOnlyHosts)
  const spread = spreadProblems({ pairs: compared, problems, blockedHosts, heldHosts }, readOnly)
  const guarded = guardPlays(desired, stopPlays(desired, { pairs: compared, services, ...spread }))
  // A play that is held back holds back whatever another play would need from its hosts.
  const judged = {
    ...guarded,
    blockedHosts: new Set([...guarded.blockedHosts].filter((host) => !readOnly.has(host))),
  }
  return { ...guarded, ...spreadProblems(judged, readOnly) }
}

function findHeld({ hosts }: Actual): string[] {
  return Object.values(hosts).flatMap((host) =>
    (host.kind === 'observed' ? host.heldBy !== undefined : host.why === 'held') ? [host.host] : [],
  )
}

function comparePairs(desired: Desired, actual: Actual, at: Date): Map<PairId, PairDifference> {
  const differences = new Map<PairId, PairDifference>()
  desired.plays.forEach((play, index) => {
    for (const pair of play.pairs) {
      const above = pair.authority === undefined ? undefined : differences.get(pair.authority)
      const authority = above ? authorityState(above, differences) : undefined
      const context = {
        actual,
        at,
        play: index,
        chain: chainBelow(above),
        ...(authority ? { authority } : {}),
      }
      differences.set(pair.id, comparePair(pair, context))
    }
  })
  return differences
}

/** The authority as it will be once the plan is applied; undefined when that cannot be told. */
function authorityState(
  { pair, issue, current }: PairDifference,
  pairs: ReadonlyMap<PairId, PairDifference>,
): AuthorityState | undefined {
  const superiors = findSuperiors(pair.id, pairs)
  if (issue) return { name: pair.name, notBefore: issue.notBefore, notAfter: issue.notAfter, superiors }
  if (!current) return undefined
  const notBefore = new Date(current.notBefore)
  return { name: pair.name, certificate: current, notBefore, notAfter: new Date(current.notAfter), superiors }
}

/** What follows a certificate in its file: its authorities, nearest first, without the self-signed root (RFC 8446 §4.4.2). */
function chainBelow(above: PairDifference | undefined): Certificate[] {
  if (!above?.current) return []
  return [above.current, ...above.chain].filter(({ subject, issuer }) => !isSameName(subject, issuer))
}

function compareServices(
  desired: Desired,
  actual: Actual,
  pairs: ReadonlyMap<PairId, PairDifference>,
): ServiceDifference[] {
  return desired.plays.flatMap((play, index) =>
    play.services.flatMap((service) => {
      const host = actual.hosts[service.host]
      return host?.kind === 'observed' ? [compareService(service, { play: index, host, pairs })] : []
    }),
  )
}
