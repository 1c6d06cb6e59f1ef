// What the alarms of one host follow from. The one place where that is decided: a plan asks how it will be when all is
// done, a status how it is, an apply what is left.
import { withoutHost } from '../model/address.ts'
import type { Difference, PairDifference, ServiceDifference } from '../model/difference.ts'
import { type AuthorityCondition, listAuthorities } from './authorities.ts'
import { type CertificateCondition, listCertificates } from './certificates.ts'
import { withoutPhases } from './phases.ts'
import { findBehind } from './sharing.ts'
import { isToProve, type View } from './view.ts'

/** Its state, never an event. */
export interface Condition {
  readonly host: string
  /** Of the host's policies, wherever they have one there. */
  readonly certificates: readonly CertificateCondition[]
  /** And its authorities. */
  readonly authorities: readonly AuthorityCondition[]
  /** What a human has to mend. */
  readonly failures: Causes
  /** What merely follows: it differs still, or a service has not been told. */
  readonly consequences: Causes
  /** Whether every running service has proved what it serves: without it a failed renewal is not over. */
  readonly proved: boolean
  /** Hosts that share a leaf with this one, and do not have it as far as is known: no failed renewal is over. */
  readonly behind: readonly string[]
  /** False: nothing is known, and nothing is cleared. */
  readonly seen: boolean
  readonly at: Date
}

interface Causes {
  /** Why certificates of this host are not in order; empty: they are. */
  readonly renewal: readonly string[]
  /** Why services of this host do not use what is on its disk; empty: they do, as far as is known. */
  readonly service: readonly string[]
}

export interface ConditionInput {
  readonly host: string
  readonly difference: Difference
  readonly at: Date
  readonly view: View
  /** What failed in this run, which a second look may not show. */
  readonly failures?: Causes
  /** What this run did not come to, and what for: it follows from a failure, here or elsewhere. */
  readonly waiting?: Causes
}

export function findCondition({
  host,
  difference,
  at,
  view,
  failures,
  waiting = { renewal: [], service: [] },
}: ConditionInput): Condition {
  const settled = withoutPhases(difference, view)
  const services = settled.services.filter(({ service }) => service.host === host)
  const renewal = [...(failures?.renewal ?? []), ...describeProblems(host, difference)]
  return {
    host,
    certificates: listCertificates({ host, difference: { ...settled, pairs: difference.pairs }, view, at }),
    authorities: listAuthorities({ host, difference, view, at }),
    failures: {
      renewal,
      service: [
        ...(failures?.service ?? []),
        ...services.flatMap((each) =>
          describeUnfit(each, view).map((cause) => `${each.service.name}: ${cause}`),
        ),
      ],
    },
    consequences: {
      renewal: [
        ...waiting.renewal,
        ...describePending(host, settled, view, [...renewal, ...waiting.renewal]),
      ],
      service: [...waiting.service, ...services.flatMap((each) => describeOwed(each, view))],
    },
    proved: services.every((each) => each.proved || (view === 'planned' && isToProve(each))),
    behind: findBehind(host, settled, view),
    seen: true,
    at,
  }
}

/** Nobody but a human can do anything about it. */
function describeUnfit({ action, unfit, toDo }: ServiceDifference, view: View): readonly string[] {
  if (view !== 'planned') return unfit
  return action === 'none' ? [...new Set([...unfit, ...toDo])] : []
}

function describeOwed({ service, action, withheld, reasons }: ServiceDifference, view: View): string[] {
  // A run has asked as often as the policy says, and told what failed: its second look asks but once.
  if (view === 'left' && (withheld ?? action) === 'verify') return []
  const isWaiting = withheld !== undefined && (view !== 'planned' || withheld !== 'verify')
  // Before anything has been tried, what only follows from the plan's own changes is not owed.
  const owed = isWaiting || view === 'left' ? reasons : reasons.filter(({ code }) => code !== 'uses-changed')
  const isOwed = isWaiting || (view !== 'planned' && action !== 'none')
  return isOwed && owed.length > 0
    ? [`${service.name}: ${owed.map(({ message }) => message).join(', ')}`]
    : []
}

/** What holds something back on a host, one cause a problem. */
function describeProblems(host: string, { problems }: Difference): string[] {
  return problems
    .filter((problem) => problem.host === host)
    .map(({ address, message }) => `${withoutHost(address)}: ${message}`)
}

/** What still differs, and nobody has said yet why. */
function describePending(host: string, { pairs }: Difference, view: View, told: readonly string[]): string[] {
  return pairs.flatMap((each) =>
    each.placements
      .filter(({ placement }) => placement.host === host)
      .flatMap(({ placement, files }) => {
        const names = [each.pair.name, withoutHost(placement.address)]
        const isTold = told.some((cause) => names.some((name) => cause.startsWith(`${name}: `)))
        const isPending = files.some(
          ({ write, withheld }) => withheld !== undefined || (view === 'left' && write !== 'nothing'),
        )
        if (!isPending || isTold) return []
        const reasons = [...issueReasons(each), ...files.flatMap((file) => file.reasons)]
        return [`${each.pair.name}: ${[...new Set(reasons.map(({ code }) => code))].join(', ')}`]
      }),
  )
}

function issueReasons({ issue, withheld }: PairDifference) {
  return (issue ?? withheld)?.reasons ?? []
}
