// Stage diff: Desired × Actual × now → Difference. Pure.
// In: what is wanted, what was observed, the instant to judge at. Out: every difference with all its reasons, and what
// of it has to wait. May not: read, ask, write, or look at the clock.
import type { Actual } from '../model/actual.ts'
import type { Certificate } from '../model/certificate.ts'
import type { Problem } from '../model/change.ts'
import type { ControlFacts } from '../model/control.ts'
import type { Desired, DesiredPair, PairId } from '../model/desired.ts'
import type { Difference, PairDifference, ServiceDifference, Signing } from '../model/difference.ts'
import { isSameName } from '../x509/name.ts'
import type { AuthorityState } from './comparison.ts'
import { addHolds, type Holds, isHeld, type Situation, startHolds } from './holds/hold.ts'
import { findLost } from './holds/lost.ts'
import { findNews, nameOf } from './holds.ts'
import { comparePair } from './pair.ts'
import { compareAnchor } from './rotation/anchor.ts'
import { compareService } from './service.ts'
import { findSuperiors } from './superiors.ts'

/**
 * Compares, asks what has to be left alone, and compares again without it, until nothing is found any more: a leaf whose
 * authority is not renewed after all is signed by the one that is there. Without `control`, nothing is known of earlier
 * runs, nor of when this program was built.
 */
export function diff(
  desired: Desired,
  actual: Actual,
  at: Date,
  control: ControlFacts = { issuances: [] },
): Difference {
  let problems: readonly Problem[] = []
  let holds = startHolds(desired, actual)
  let unhindered: Difference['unhindered']
  let unguarded: Difference['unguarded']
  for (;;) {
    const compared = compare(desired, actual, at, holds)
    const situation: Situation = { ...compared, desired, actual, at, control, holds, problems }
    const { news, byGuards } = findNews(situation)
    if (news.length === 0)
      return {
        ...conclude(situation),
        ...(unhindered ? { unhindered } : {}),
        ...(unguarded ? { unguarded } : {}),
      }
    unhindered ??= compared
    if (byGuards) unguarded ??= compared
    holds = addHolds(holds, news)
    problems = addProblems(
      problems,
      news.map(({ problem }) => problem),
    )
  }
}

function addProblems(told: readonly Problem[], found: readonly Problem[]): Problem[] {
  const names = new Set(told.map(nameOf))
  const unheard = [...new Map(found.map((problem) => [nameOf(problem), problem])).values()]
  return [...told, ...unheard.filter((problem) => !names.has(nameOf(problem)))]
}

/** Of hosts outside `--limit` nothing is told but what the others need of them. */
function conclude({ desired, actual, holds, problems, pairs, services }: Situation): Difference {
  const own = problems.filter(({ host }) => !holds.readOnly.has(host))
  const hosts = Object.keys(actual.hosts)
  return {
    pairs,
    services,
    problems: own,
    idleHosts: new Set(
      hosts.filter((host) => isHeld(holds, { what: 'host', host }) || desired.readOnlyHosts.includes(host)),
    ),
    lostHosts: findLost({ actual, problems: own }),
  }
}

function compare(
  desired: Desired,
  actual: Actual,
  at: Date,
  holds: Holds,
): Pick<Difference, 'pairs' | 'services'> {
  const pairs = comparePairs(desired, actual, at, holds)
  return { pairs: [...pairs.values()], services: compareServices(desired, actual, pairs, at, holds) }
}

function comparePairs(desired: Desired, actual: Actual, at: Date, holds: Holds): Map<PairId, PairDifference> {
  const differences = new Map<PairId, PairDifference>()
  const signs = groupBySigner(desired)
  const services = desired.plays.flatMap((play) => play.services)
  desired.plays.forEach((play, index) => {
    for (const pair of play.pairs) {
      const above = pair.authority === undefined ? undefined : differences.get(pair.authority)
      const authority = above ? authorityState(above, differences) : undefined
      const chain = chainBelow(pair, above)
      const context = {
        actual,
        at,
        holds,
        play: index,
        signs: signs.get(pair.id) ?? [],
        leaves: pair.rotation ? findLeaves(pair.id, signs) : [],
        services,
        ...(desired.rotate ? { rotate: desired.rotate } : {}),
        ...(chain ? { chain } : {}),
        ...(above?.signs?.bridge ? { bridge: above.signs.bridge } : {}),
        ...(authority ? { authority } : {}),
      }
      const compared = pair.rotation ? compareAnchor(pair, context) : [comparePair(pair, context)]
      for (const each of compared) differences.set(each.pair.id, each)
    }
  })
  return differences
}

function groupBySigner({ plays }: Desired): ReadonlyMap<PairId, readonly DesiredPair[]> {
  const groups = new Map<PairId, DesiredPair[]>()
  for (const pair of plays.flatMap(({ pairs }) => pairs)) {
    if (pair.authority === undefined) continue
    const group = groups.get(pair.authority)
    if (group) group.push(pair)
    else groups.set(pair.authority, [pair])
  }
  return groups
}

/** All that it signs, directly or by way of others. */
function findLeaves(id: PairId, signs: ReadonlyMap<PairId, readonly DesiredPair[]>): DesiredPair[] {
  return (signs.get(id) ?? []).flatMap((each) => [each, ...findLeaves(each.id, signs)])
}

/** The authority as it will be once the plan is applied; undefined when that cannot be told. */
function authorityState(
  { pair, issue, current, signs }: PairDifference,
  pairs: ReadonlyMap<PairId, PairDifference>,
): AuthorityState | undefined {
  const superiors = findSuperiors(pair.id, pairs)
  if (signs) return describeSigning(pair, signs)
  if (issue) return { name: pair.name, notBefore: issue.notBefore, notAfter: issue.notAfter, superiors }
  if (!current) return undefined
  const notBefore = new Date(current.notBefore)
  return { name: pair.name, certificate: current, notBefore, notAfter: new Date(current.notAfter), superiors }
}

function describeSigning({ name }: DesiredPair, { certificate, others }: Signing): AuthorityState {
  const notBefore = new Date(certificate.notBefore)
  const notAfter = new Date(certificate.notAfter)
  return { name, certificate, others, notBefore, notAfter, superiors: [certificate] }
}

/**
 * What follows a certificate in its file: its authorities, nearest first, without the self-signed root (RFC 8446
 * §4.4.2). Undefined where they are not known.
 */
function chainBelow(pair: DesiredPair, above: PairDifference | undefined): Certificate[] | undefined {
  if (pair.authority === undefined) return pair.supplied ? undefined : []
  // Whoever is made in this run brings its own.
  if (above?.issue) return []
  if (above?.signs) return above.signs.bridge ? [above.signs.bridge] : []
  if (!above?.current || !above.chain) return undefined
  return [above.current, ...above.chain].filter(({ subject, issuer }) => !isSameName(subject, issuer))
}

function compareServices(
  desired: Desired,
  actual: Actual,
  pairs: ReadonlyMap<PairId, PairDifference>,
  at: Date,
  holds: Holds,
): ServiceDifference[] {
  return desired.plays.flatMap((play, index) =>
    play.services.flatMap((service) => {
      const host = actual.hosts[service.host]
      if (host?.kind !== 'observed') return []
      return [withhold(compareService(service, { play: index, host, pairs, at }), holds)]
    }),
  )
}

function withhold(difference: ServiceDifference, holds: Holds): ServiceDifference {
  const { service, action } = difference
  const isLeft =
    isHeld(holds, { what: 'host', host: service.host }) ||
    isHeld(holds, { what: 'service', service: service.address }) ||
    holds.readOnly.has(service.host)
  return action === 'none' || !isLeft ? difference : { ...difference, action: 'none', withheld: action }
}
