// What the alarms of one host follow from. The one place where that is decided: a plan asks how it will be when all is
// done, an apply and a status how it is.
import type { DesiredPair } from '../model/desired.ts'
import type { Difference, PairDifference } from '../model/difference.ts'

/** Its state, never an event. */
export interface Condition {
  readonly host: string
  /** Every pair of the policy that has a certificate on the host. */
  readonly certificates: readonly {
    readonly name: string
    readonly path: string
    readonly notAfter: string
    /** Absent: certwright does not renew it. */
    readonly renewBeforeSeconds?: number
  }[]
  /** Why certificates of this host are not in order; empty: they are. */
  readonly renewalFailures: readonly string[]
  /** Why services of this host do not use what is on its disk; empty: they do, as far as is known. */
  readonly serviceFailures: readonly string[]
  /** Whether every running service has proved what it serves: without it nothing is cleared. */
  readonly proved: boolean
  /** Hosts out of sight that share a pair with this one: whether they have it is not known, and no failed renewal is over. */
  readonly unseen: readonly string[]
  readonly at: Date
}

export interface ConditionInput {
  readonly host: string
  readonly difference: Difference
  readonly at: Date
  /** `planned`: as if everything that the difference plans had been done. */
  readonly view: 'planned' | 'observed'
  /** What failed in this run, which a second look may not show. */
  readonly failures?: { readonly renewal: readonly string[]; readonly service: readonly string[] }
}

export function findCondition({ host, difference, at, view, failures }: ConditionInput): Condition {
  const services = difference.services.filter(({ service }) => service.host === host)
  const owed = services.filter(({ action, withheld }) =>
    view === 'planned'
      ? withheld !== undefined && withheld !== 'verify'
      : action !== 'none' || withheld !== undefined,
  )
  const told = [...(failures?.renewal ?? []), ...describeProblems(host, difference)]
  const pending = view === 'planned' ? [] : describePending(host, difference, told)
  return {
    host,
    certificates: listCertificates(host, difference, view),
    renewalFailures: [...told, ...pending],
    serviceFailures: [
      ...(failures?.service ?? []),
      ...owed.flatMap(({ service, reasons }) =>
        reasons.length === 0 ? [] : [`${service.name}: ${reasons.map(({ message }) => message).join(', ')}`],
      ),
      ...services.flatMap(({ service, action, unfit }) =>
        view === 'planned' && action !== 'none' ? [] : unfit.map((cause) => `${service.name}: ${cause}`),
      ),
    ],
    proved: services.every(({ proved, action }) => proved || (view === 'planned' && action !== 'none')),
    unseen: findUnseen(host, difference),
    at,
  }
}

/** The certificates of a host, as they are or as they will be. */
function listCertificates(
  host: string,
  { pairs }: Difference,
  view: ConditionInput['view'],
): Condition['certificates'] {
  return pairs.flatMap(({ pair, issue, current, placements }) =>
    placements
      .filter(({ placement }) => placement.host === host)
      .flatMap(({ placement, files: [main] }) => {
        const found = main?.fact.kind === 'certificate' ? main.fact.certificates[0].notAfter : undefined
        const isWritten = view === 'planned' && main?.write === 'content'
        const notAfter = isWritten ? (issue?.notAfter.toISOString() ?? current?.notAfter) : found
        if (notAfter === undefined) return []
        return [{ name: pair.name, path: placement.certificate.path, notAfter, ...renewal(pair) }]
      }),
  )
}

/** A supplied certificate is renewed by nobody here. */
function renewal({ supplied, renewBefore, validitySeconds }: DesiredPair): {
  readonly renewBeforeSeconds?: number
} {
  if (supplied) return {}
  if (renewBefore.kind === 'seconds') return { renewBeforeSeconds: renewBefore.seconds }
  return { renewBeforeSeconds: (validitySeconds * renewBefore.percentage) / 100 }
}

/** What holds something back on a host, one cause a problem. */
function describeProblems(host: string, { problems }: Difference): string[] {
  return problems
    .filter((problem) => problem.host === host)
    .map(({ address, message }) => `${address.split('/').slice(1).join(' ')}: ${message}`)
}

/** What still differs, and nobody has said yet why. */
function describePending(host: string, { pairs }: Difference, told: readonly string[]): string[] {
  return pairs.flatMap(({ pair, issue, withheld, placements }) =>
    placements
      .filter(({ placement }) => placement.host === host)
      .flatMap(({ files }) => {
        const isPending = files.some(
          ({ write, withheld: waits }) => write !== 'nothing' || waits !== undefined,
        )
        if (!isPending || told.some((cause) => cause.includes(pair.name))) return []
        const reasons = [...((issue ?? withheld)?.reasons ?? []), ...files.flatMap((file) => file.reasons)]
        return [`${pair.name}: ${[...new Set(reasons.map(({ code }) => code))].join(', ')}`]
      }),
  )
}

/** Of a leaf; an authority has no successor as long as one of its hosts is out of sight. */
function findUnseen(host: string, { pairs }: Difference): string[] {
  const shared = pairs.filter(
    ({ pair, placements }) =>
      pair.kind === 'certificate' && placements.some(({ placement }) => placement.host === host),
  )
  return [...new Set(shared.flatMap(findAbsent))]
}

/** Hosts that are out of sight and are to have the pair. */
export function findAbsent({ pair, placements }: PairDifference): string[] {
  const seen = new Set(placements.map(({ placement }) => placement.host))
  return pair.placements.flatMap(({ host }) => (seen.has(host) ? [] : [host]))
}

/** Hosts that have to get a pair which is made anew without them; told on those that get it. */
export function findOwing(host: string, { pairs }: Difference): { pair: string; cause: string }[] {
  return pairs.flatMap((each) => {
    const isWritten = each.placements.some(
      ({ placement, files }) => placement.host === host && files.some(({ write }) => write === 'content'),
    )
    if (!each.issue || !isWritten) return []
    return findAbsent(each).map((absent) => ({
      pair: each.pair.id,
      cause: `${absent} owes a copy of ${each.pair.name}: it could not be reached`,
    }))
  })
}
