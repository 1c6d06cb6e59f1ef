import type { HostActual, ServiceFact } from '../../src/model/actual.ts'
import type { Desired, DesiredAlarms, DesiredPair, DesiredService } from '../../src/model/desired.ts'
import type {
  Difference,
  FileDifference,
  PairDifference,
  PlacementDifference,
  ServiceDifference,
} from '../../src/model/difference.ts'

/** A pair as alarms and states look at it; what it is made of does not count there. */
export function pairDifference(
  name: string,
  placements: readonly PlacementDifference[],
  over: Partial<Omit<PairDifference, 'pair'>> & { readonly pair?: Partial<DesiredPair> } = {},
): PairDifference {
  const pair = {
    id: `certificate/${name}`,
    kind: 'certificate',
    name,
    validitySeconds: 100 * 86_400,
    renewBefore: { kind: 'seconds', seconds: 15 * 86_400 },
    placements: placements.map(({ placement }) => placement),
    ...over.pair,
  } as DesiredPair
  return { play: 0, rivals: [], notes: [], ...over, pair, placements }
}

/** Its certificate on a host, valid until then; or what else is at its path. */
export function placementDifference(
  host: string,
  name: string,
  found: string | FileDifference['fact']['kind'],
  file: Partial<FileDifference> = {},
): PlacementDifference {
  const path = `/pki/${name}.crt`
  const isTime = !Number.isNaN(Date.parse(found))
  const fact = isTime ? { kind: 'certificate', certificates: [{ notAfter: found }] } : { kind: found }
  const main = {
    copy: 0,
    write: 'nothing',
    reasons: [],
    what: 'certificate',
    fact,
    ...file,
  } as FileDifference
  const placement = { address: `${host}/certificate/${name}`, host, certificate: { path }, copies: [] }
  return { placement: placement as unknown as PlacementDifference['placement'], files: [main] }
}

/** A service of a host that uses these certificates. */
export function serviceDifference(
  host: string,
  name: string,
  uses: readonly string[],
  over: Partial<Omit<ServiceDifference, 'service'>> = {},
): ServiceDifference {
  const service = {
    address: `${host}/service/${name}`,
    host,
    name,
    manager: { kind: 'command' },
    uses: uses.map((each) => ({ pair: `certificate/${each}`, effect: 'restart' })),
  } as unknown as DesiredService
  return {
    play: 0,
    action: 'none',
    reasons: [],
    unfit: [],
    toDo: [],
    proved: true,
    notes: [],
    ...over,
    service,
  }
}

export function differenceOf(over: Partial<Difference> = {}): Difference {
  return { pairs: [], services: [], problems: [], idleHosts: new Set(), lostHosts: new Set(), ...over }
}

/** Hosts that were asked, and on which these policies look after something. */
export function alarmContext(
  rules: Readonly<Record<string, readonly DesiredAlarms[]>>,
  facts: Readonly<Record<string, Partial<HostActual>>> = {},
  difference: Difference = differenceOf(),
) {
  const names = [...new Set([...Object.keys(rules), ...Object.keys(facts)])]
  const services: Record<string, ServiceFact> = {}
  const observed = names.map((host) => ({
    kind: 'observed',
    host,
    services,
    alarms: [],
    sinks: [],
    ...facts[host],
  }))
  const plays = Object.entries(rules).flatMap(([host, each]) =>
    each.map((alarms) => ({ alarms: { [host]: alarms } })),
  )
  return {
    desired: { plays, readOnlyHosts: [] } as unknown as Desired,
    actual: { hosts: Object.fromEntries(observed.map((each) => [each.host, each as unknown as HostActual])) },
    difference,
    at: new Date('2026-11-23T00:00:00Z'),
  }
}
