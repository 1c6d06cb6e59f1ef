// What `guards` come to: what they count is not done where it is more than they allow, nor is what needs it. It is shown.
// Counted is what would really be done: what is held back, and what was never there, does not count.
import { inheritedReasons, type Problem, timeReasons } from '../../model/change.ts'
import type { ControlFacts } from '../../model/control.ts'
import type { PairId } from '../../model/desired.ts'
import type { PairDifference } from '../../model/difference.ts'
import type { DesiredGuard, GuardName } from '../../model/guard.ts'
import { goesBy } from '../../x509/generation.ts'
import { isBusy } from './busy.ts'
import { type FindHolds, type Held, type Hold, placeOf, type Situation } from './hold.ts'

export const findExceeded: FindHolds = (situation) =>
  situation.desired.plays.flatMap(({ guards }, play) =>
    guards.flatMap((guard) => {
      const counted = counters[guard.name](play, guard, situation)
      const bound = Math.max(guard.allowed, situation.desired.allowed[guard.name] ?? 0)
      return counted.length > bound ? refuse(guard, counted, bound) : []
    }),
  )

/** One thing of which a guard allows so many: what it is not to do, and where. */
interface Counted {
  readonly held: readonly Held[]
  readonly hosts: readonly string[]
  /** What ails an authority: it is told first, for that is what somebody has to look at. */
  readonly cause?: string
}

type Count = (play: number, guard: DesiredGuard, situation: Situation) => readonly Counted[]

const counters: Readonly<Record<GuardName, Count>> = {
  certificates: (play, _guard, situation) => succeeded(play, 'certificate', situation).map(asIssue),
  authorities: (play, { counts }, situation) => [
    ...succeeded(play, 'authority', situation)
      .filter((each) => counts === 'all' || !isDueOrFollows(each, situation))
      .map((each) => ({ ...asIssue(each), ...findCause(each) })),
    ...situation.pairs
      .filter((each) => each.play === play)
      .flatMap((each) => findRivals(each, situation.control)),
  ],
  hosts: (play, _guard, situation) =>
    hostsOf(play, situation).map((host) => ({ held: [{ what: 'host', host }], hosts: [host] })),
  restarts: (play, _guard, situation) =>
    situation.services
      .filter((each) => each.play === play && each.action === 'restart')
      .map(({ service }) => ({
        held: [{ what: 'service', service: service.address }, ...findUsed(service, situation)],
        hosts: [service.host],
      })),
}

function refuse(guard: DesiredGuard, counted: readonly Counted[], bound: number): Hold[] {
  const hosts = [...new Set(counted.flatMap((each) => each.hosts))]
  const held = counted.flatMap((each) => each.held)
  const causes = counted.flatMap(({ cause }) => (cause === undefined ? [] : [cause]))
  return hosts.map((host) => ({
    held,
    problem: describe(host, guard, { count: counted.length, bound, causes }),
  }))
}

function asIssue({ pair, placements }: PairDifference): Counted {
  const written = placements.filter(({ files }) => files.some(({ write }) => write === 'content'))
  return { held: [{ what: 'issue', pair: pair.id }], hosts: written.map(({ placement }) => placement.host) }
}

function findCause({ pair, issue, origin }: PairDifference): Pick<Counted, 'cause'> {
  if (!issue || !origin) return {}
  return {
    cause: `${pair.name} on ${origin.host}: ${issue.reasons.map(({ message }) => message).join('; ')}`,
  }
}

/** Pairs that exist somewhere and get a successor: issued anew, or a custom CA in its place. */
function succeeded(
  play: number,
  kind: PairDifference['pair']['kind'],
  { pairs }: Situation,
): PairDifference[] {
  return pairs.filter((each) => {
    // Staged, it takes nothing away before all have followed, and goes back from everywhere.
    if (each.play !== play || each.pair.kind !== kind || each.rotation) return false
    return each.pair.supplied ? isDisplaced(each) : each.issue !== undefined && exists(each)
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
function isDisplaced({ current, placements }: PairDifference): boolean {
  return placements.some(({ files }) =>
    files.some(
      ({ fact, write }) =>
        fact.kind === 'certificate' &&
        write === 'content' &&
        fact.certificates[0].fingerprint !== current?.fingerprint,
    ),
  )
}

/**
 * Another authority in order, or what is left of one, on some host: to make all agree takes it away. Not one that
 * certwright's own log says has been replaced: a host that an allowed replacement did not come to follows by itself.
 */
function findRivals({ pair, placements, rivals }: PairDifference, { issuances }: ControlFacts): Counted[] {
  const addresses = new Set(pair.placements.map(({ address }) => address))
  const replaced = new Set(issuances.flatMap((each) => (addresses.has(each.address) ? [each.replaced] : [])))
  const lost = rivals.filter(({ placement, copy }) => {
    const files = placements.find((each) => each.placement === placement)?.files ?? []
    const own = files.filter((file) => file.copy === copy)
    const isReplaced = own.some(
      ({ fact }) => fact.kind === 'certificate' && replaced.has(fact.certificates[0].fingerprint),
    )
    return !isReplaced && own.some(({ write }) => write === 'content')
  })
  const [first] = lost
  if (!first) return []
  return [
    {
      held: lost.map(({ placement: { host }, copy }) => placeOf(pair.id, host, copy)),
      hosts: lost.map(({ placement }) => placement.host),
      cause: `${pair.name} on ${first.placement.host}: ${first.path} is another authority than what ${first.copy === 0 ? 'other hosts have' : 'is in use'}`,
    },
  ]
}

/** What the service would have to be restarted for. */
function findUsed({ uses, host }: Situation['services'][number]['service'], { pairs }: Situation): Held[] {
  const demanding = new Set<PairId>(uses.flatMap(({ pair, effect }) => (effect === 'restart' ? [pair] : [])))
  return pairs.flatMap(({ pair, placements }): Held[] => {
    const own = placements.filter(({ placement }) => demanding.has(pair.id) && placement.host === host)
    const isWritten = own.some(({ files }) =>
      files.some(({ copy, write }) => copy === 0 && write === 'content'),
    )
    return isWritten ? [{ what: 'placement', pair: pair.id, host }] : []
  })
}

/** Renewed because its time has come, or after the authority above it was: as long as that one goes by the same name. */
function isDueOrFollows({ pair, issue, current }: PairDifference, { pairs }: Situation): boolean {
  if (!issue) return false
  if (issue.reasons.every(({ code }) => timeReasons.has(code))) return true
  const above = pairs.find((each) => each.pair.id === pair.authority)
  return (
    above !== undefined &&
    current !== undefined &&
    goesBy(current.issuer, above.pair) &&
    issue.reasons.every(({ code }) => inheritedReasons.has(code))
  )
}

function hostsOf(play: number, { pairs, services }: Situation): string[] {
  const own = {
    pairs: pairs.filter((each) => each.play === play),
    services: services.filter((each) => each.play === play),
  }
  const hosts = [
    ...own.pairs.flatMap(({ placements }) => placements.map(({ placement }) => placement.host)),
    ...own.services.map(({ service }) => service.host),
  ]
  return [...new Set(hosts)].filter((host) => isBusy(host, own))
}

function describe(
  host: string,
  { name, counts, source }: DesiredGuard,
  {
    count,
    bound,
    causes,
  }: { readonly count: number; readonly bound: number; readonly causes: readonly string[] },
): Problem {
  const message = [...causes, `the plan ${phrases[name](count, counts)}, guards allow ${bound}`].join('; ')
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
