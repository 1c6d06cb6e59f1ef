// What cannot wait until a failure elsewhere has been mended: what is in use there expires before long. Pure.
import type { Actual } from '../model/actual.ts'
import type { Certificate } from '../model/certificate.ts'
import type { DesiredService, PairId } from '../model/desired.ts'
import type { Difference, PairDifference, PlacementDifference } from '../model/difference.ts'

export interface Pressing {
  readonly services: ReadonlySet<DesiredService>
  /** Where such a service is, or a file that is to be replaced. */
  readonly hosts: ReadonlySet<string>
}

/** Of the time between due and expired, the last fifth: in what came before somebody could have looked. */
const lastPart = 5

interface Given {
  readonly actual: Actual
  readonly difference: Difference
  readonly at: Date
}

export function findPressing({ actual, difference, at }: Given): Pressing {
  const isLate = (window: Window) => at.getTime() >= window.expiresMs - window.lengthMs / lastPart
  const services = difference.services
    .filter(({ action }) => action !== 'none')
    .map(({ service }) => service)
    .filter((service) =>
      service.uses.some(({ pair }) => {
        const window = findWindow(pair, difference.pairs, service, findServed(service, pair, actual))
        return window !== undefined && isLate(window)
      }),
    )
  const files = difference.pairs.flatMap(({ placements }) =>
    placements.flatMap((each) => {
      const window = windowOf(each)
      return window?.isReplaced && isLate(window) ? [each.placement.host] : []
    }),
  )
  return { services: new Set(services), hosts: new Set([...services.map(({ host }) => host), ...files]) }
}

/** How long before its end a certificate is renewed, and when the one that is in use ends. */
interface Window {
  readonly lengthMs: number
  readonly expiresMs: number
  readonly isReplaced: boolean
}

function findWindow(
  id: PairId,
  pairs: readonly PairDifference[],
  { host }: DesiredService,
  served: Certificate | undefined,
): Window | undefined {
  const pair = pairs.find((each) => each.pair.id === id && each.pair.kind === 'certificate')
  const placement = pair?.placements.find((each) => each.placement.host === host)
  return placement && windowOf(placement, served)
}

/**
 * Of what is replaced, the end is known, and so it is of what is served. Otherwise the service still has the one before,
 * which was replaced when it was due.
 */
function windowOf({ dueAt, files: [main] }: PlacementDifference, served?: Certificate): Window | undefined {
  if (dueAt === undefined || main?.fact.kind !== 'certificate') return undefined
  const [found] = main.fact.certificates
  const lengthMs = Date.parse(found.notAfter) - dueAt.getTime()
  const isReplaced = main.write === 'content'
  const known = served ?? (isReplaced ? found : undefined)
  return {
    lengthMs,
    isReplaced,
    expiresMs: known ? Date.parse(known.notAfter) : Date.parse(found.notBefore) + lengthMs,
  }
}

function findServed(
  { host: name, name: service, probe }: DesiredService,
  pair: PairId,
  actual: Actual,
): Certificate | undefined {
  const host = actual.hosts[name]
  const fact = host?.kind === 'observed' ? host.services[service]?.probe : undefined
  return fact?.kind === 'served' && probe?.kind === 'tls' && probe.expect === pair
    ? fact.certificates[0]
    : undefined
}
