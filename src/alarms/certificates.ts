// The certificates of a host, as they are or will be, for the alarms about each.
import type { DesiredPair, PairId } from '../model/desired.ts'
import type {
  Difference,
  PairDifference,
  PlacementDifference,
  ServiceDifference,
} from '../model/difference.ts'
import { isToProve, type View } from './view.ts'

export interface CertificateCondition {
  readonly name: string
  readonly path: string
  /** ISO 8601. Absent: there is none that could be read. */
  readonly notAfter?: string
  /** Absent: certwright does not renew it. */
  readonly renewBeforeSeconds?: number
  /** Whether every service that uses it, or is proved by it, is known to do so. */
  readonly proved: boolean
}

interface Looked {
  readonly host: string
  readonly difference: Pick<Difference, 'pairs' | 'services'>
  readonly view: View
  readonly at: Date
}

export function listCertificates({
  host,
  difference: { pairs, services },
  view,
  at,
}: Looked): CertificateCondition[] {
  const own = services.filter(({ service }) => service.host === host)
  // A generation that stands beside its authority is used by nobody: whether it is still valid troubles nobody.
  const counted = pairs.filter(({ pair }) => !pair.waiting)
  return counted.flatMap((each) => {
    const using = own.filter((service) => uses(service, each.pair.id))
    return each.placements
      .filter(({ placement }) => placement.host === host)
      .map((found) => {
        const notAfter = findNotAfter(each, found, view, at)
        return {
          name: each.pair.name,
          path: found.placement.certificate.path,
          ...(notAfter === undefined ? {} : { notAfter }),
          ...renewal(each.pair),
          proved: using.every((service) => isSettled(service, view)),
        }
      })
  })
}

/** What has expired has expired, until it has been renewed; what is merely due, a status takes for done. */
function findNotAfter(
  { issue, current }: PairDifference,
  { files: [main] }: PlacementDifference,
  view: View,
  at: Date,
): string | undefined {
  const found = main?.fact.kind === 'certificate' ? main.fact.certificates[0].notAfter : undefined
  const hasExpired = found !== undefined && Date.parse(found) < at.getTime()
  if (main?.write !== 'content' || view === 'left' || (view === 'found' && hasExpired)) return found
  return issue?.notAfter.toISOString() ?? current?.notAfter
}

/** A supplied certificate is renewed by nobody here. */
function renewal({ supplied, renewBefore, validitySeconds }: DesiredPair): {
  readonly renewBeforeSeconds?: number
} {
  if (supplied) return {}
  if (renewBefore.kind === 'seconds') return { renewBeforeSeconds: renewBefore.seconds }
  return { renewBeforeSeconds: (validitySeconds * renewBefore.percentage) / 100 }
}

function uses({ service: { uses: used, probe } }: ServiceDifference, pair: PairId): boolean {
  if (used.some((each) => each.pair === pair)) return true
  if (probe?.kind === 'tls') return probe.expect === pair || probe.present === pair
  return probe?.kind === 'http' && (probe.authority === pair || probe.present === pair)
}

/** It runs with what is on its disk, as far as can be known, and owes nothing. */
function isSettled(service: ServiceDifference, view: View): boolean {
  const { action, withheld, unfit, toDo, proved } = service
  if (view === 'planned' && isToProve(service)) return true
  const isTold = (action === 'none' || action === 'verify') && withheld === undefined
  return isTold && proved && unfit.length === 0 && (view !== 'planned' || toDo.length === 0)
}
