// What `guards` come to: a play that would do more than they allow is not carried out at all, and its changes are shown.
// Counted is what would really be done: blocked hosts, and what was never there, do not count.
import type { Problem, ReasonCode } from '../model/change.ts'
import type { Desired } from '../model/desired.ts'
import type { Difference, PairDifference } from '../model/difference.ts'
import type { DesiredGuard, GuardName } from '../model/guard.ts'
import { isSameName } from '../x509/name.ts'
import { isBusy } from './busy.ts'

type Judged = Omit<Difference, 'guardedHosts'>

interface Excess {
  readonly guard: DesiredGuard
  readonly count: number
  readonly bound: number
}

export function guardPlays({ plays, allowed }: Desired, difference: Judged): Difference {
  const refused = new Map<string, Problem[]>()
  for (const [index, play] of plays.entries()) {
    const excesses = play.guards.flatMap((guard) => {
      const count = counters[guard.name](index, guard, difference)
      const bound = Math.max(guard.allowed, allowed[guard.name] ?? 0)
      return count > bound ? [{ guard, count, bound }] : []
    })
    if (excesses.length === 0) continue
    for (const host of hostsOf(index, difference))
      refused.set(host, [...(refused.get(host) ?? []), ...excesses.map((each) => describe(host, each))])
  }
  return {
    ...difference,
    problems: [...difference.problems, ...[...refused.values()].flat()],
    blockedHosts: new Set([...difference.blockedHosts, ...refused.keys()]),
    guardedHosts: new Set(refused.keys()),
  }
}

const counters: Readonly<
  Record<GuardName, (play: number, guard: DesiredGuard, difference: Judged) => number>
> = {
  certificates: (play, _guard, difference) =>
    succeeded(play, 'certificate', difference).filter((each) => each.issue).length,
  authorities: (play, { counts }, difference) =>
    succeeded(play, 'authority', difference).filter(
      (each) => counts === 'all' || !isOnSchedule(each, difference),
    ).length,
  hosts: (play, _guard, difference) => hostsOf(play, difference).length,
  restarts: (play, _guard, { services, blockedHosts }) =>
    services.filter(
      (each) => each.play === play && each.action === 'restart' && !blockedHosts.has(each.service.host),
    ).length,
}

/** Pairs that exist somewhere and get a successor: issued anew, or a custom CA in its place. */
function succeeded(
  play: number,
  kind: PairDifference['pair']['kind'],
  { pairs, blockedHosts }: Judged,
): PairDifference[] {
  return pairs.filter((each) => {
    if (each.play !== play || each.pair.kind !== kind) return false
    if (each.pair.supplied) return isDisplaced(each, blockedHosts)
    return exists(each) && each.issue !== undefined && !blockedHosts.has(each.origin?.host ?? '')
  })
}

/** An authority of which only the key is left, or what other hosts trust, is one: a new one would not be it. */
function exists({ pair, placements }: PairDifference): boolean {
  return placements.some(({ files }) =>
    files.some(
      ({ what, fact }) => fact.kind !== 'absent' && (what === 'certificate' || pair.kind === 'authority'),
    ),
  )
}

/** Another authority stands where the supplied one is to be. */
function isDisplaced({ current, placements }: PairDifference, blocked: ReadonlySet<string>): boolean {
  return placements.some(
    ({ placement, files }) =>
      !blocked.has(placement.host) &&
      files.some(
        ({ fact, write }) =>
          fact.kind === 'certificate' &&
          write === 'content' &&
          fact.certificates[0].fingerprint !== current?.fingerprint,
      ),
  )
}

/** What only time brings about. */
const scheduled: ReadonlySet<ReasonCode> = new Set(['expires-soon', 'expired', 'authority-expired'])
/** What befalls an intermediate when the authority above it is renewed. */
const inherited: ReadonlySet<ReasonCode> = new Set([...scheduled, 'issuer-differs', 'outlives-authority'])

/** Renewed because its time has come, or after the authority above it was: as long as that one goes by the same name. */
function isOnSchedule({ pair, issue, current }: PairDifference, { pairs }: Judged): boolean {
  if (!issue) return false
  if (issue.reasons.every(({ code }) => scheduled.has(code))) return true
  const above = pairs.find((each) => each.pair.id === pair.authority)
  return (
    above !== undefined &&
    current !== undefined &&
    isSameName(current.issuer, above.pair.subject) &&
    issue.reasons.every(({ code }) => inherited.has(code))
  )
}

function hostsOf(play: number, { pairs, services, blockedHosts }: Judged): string[] {
  const own = {
    pairs: pairs.filter((each) => each.play === play),
    services: services.filter((each) => each.play === play),
  }
  const hosts = [
    ...own.pairs.flatMap(({ placements }) => placements.map(({ placement }) => placement.host)),
    ...own.services.map(({ service }) => service.host),
  ]
  return [...new Set(hosts)].filter((host) => !blockedHosts.has(host) && isBusy(host, own))
}

function describe(host: string, { guard, count, bound }: Excess): Problem {
  const { name, counts, source } = guard
  const message = `the plan ${phrases[name](count, counts)}, guards allow ${bound}`
  const hint = `read the plan; if that is right: --allow ${name}=${count}`
  return { address: `${host}/guard/${name}`, host, code: 'guard-exceeded', message, hint, source }
}

const phrases: Readonly<Record<GuardName, (count: number, counts: DesiredGuard['counts']) => string>> = {
  certificates: (count) => `renews or replaces ${number(count, 'certificate')}`,
  hosts: (count) => `changes ${number(count, 'host')}`,
  restarts: (count) => `restarts ${number(count, 'service')}`,
  authorities: (count, counts) =>
    `${counts === 'replaced' ? 'replaces' : 'renews or replaces'} ${number(count, 'authority', 'authorities')}`,
}

function number(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
