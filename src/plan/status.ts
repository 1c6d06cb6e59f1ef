// The state of every certificate, service and alarm, from the same facts and differences as a plan. Pure.
import type { HostActual } from '../model/actual.ts'
import type { DesiredPair, DesiredService, Placement } from '../model/desired.ts'
import type { PairDifference } from '../model/difference.ts'
import type { CertificateStatus, Status } from '../model/status.ts'
import { findServedFaults } from '../x509/served.ts'
import { findUndeliverable, findUnreachable, type PlanInput } from './plan.ts'

export function makeStatus(input: PlanInput): Status {
  const { desired, actual, difference, at } = input
  const services = desired.plays.flatMap((play) => play.services)
  return {
    at: at.toISOString(),
    certificates: difference.pairs.flatMap((pair) =>
      pair.pair.placements
        .filter(({ host }) => !desired.readOnlyHosts.includes(host))
        .map((placement) => describe(pair, placement, services, input)),
    ),
    services: difference.services.map(({ service, reasons }) => {
      const host = actual.hosts[service.host]
      const state = host?.kind === 'observed' ? host.services[service.name]?.state : undefined
      return {
        address: service.address,
        host: service.host,
        name: service.name,
        state: state ?? 'unknown',
        owed: reasons,
      }
    }),
    alarms: Object.values(actual.hosts).flatMap((host) =>
      host.kind === 'observed' ? host.alarms.map((alarm) => ({ host: host.host, ...alarm })) : [],
    ),
    problems: difference.problems,
    unreachable: findUnreachable(input),
    undeliverable: findUndeliverable(actual),
  }
}

function describe(
  difference: PairDifference,
  placement: Placement,
  services: readonly DesiredService[],
  { actual, at }: PlanInput,
): CertificateStatus {
  const { pair } = difference
  const { address, host: name } = placement
  const base = { address, host: name, kind: pair.kind, name: pair.name, path: placement.certificate.path }
  const host = actual.hosts[name]
  if (host?.kind !== 'observed')
    return {
      ...base,
      notAfter: null,
      daysLeft: null,
      state: 'unreachable',
      served: 'unreachable',
      reasons: [],
    }
  const fact = host.certificates[placement.certificate.path]
  const notAfter = fact?.kind === 'certificate' ? fact.certificates[0].notAfter : null
  const found = difference.placements.find((each) => each.placement === placement)
  const { issue, withheld } = difference
  const reasons = [
    ...((issue ?? withheld)?.reasons ?? []),
    ...(found?.files.flatMap((file) => file.reasons) ?? []),
  ]
  return {
    ...base,
    notAfter,
    daysLeft: notAfter === null ? null : Math.floor((Date.parse(notAfter) - at.getTime()) / 86_400_000),
    state: judge(
      placement,
      host,
      reasons.map(({ code }) => code),
    ),
    served: findServed(pair, host, services),
    reasons,
  }
}

function judge(
  { certificate, privateKey }: Placement,
  host: HostActual,
  codes: readonly string[],
): CertificateStatus['state'] {
  const facts = [host.certificates[certificate.path], privateKey && host.privateKeys[privateKey.path]]
  if (facts.some((fact) => fact?.kind === 'unreadable')) return 'blocked'
  if (facts.some((fact) => fact?.kind === 'absent')) return 'missing'
  if (codes.includes('expired') || codes.includes('authority-expired')) return 'expired'
  if (codes.some((code) => code !== 'expires-soon')) return 'differs'
  return codes.length > 0 ? 'expires-soon' : 'ok'
}

/** What the service whose probe expects this certificate really serves. */
function findServed(
  pair: DesiredPair,
  host: HostActual,
  services: readonly DesiredService[],
): CertificateStatus['served'] {
  const service = services.find(
    ({ host: name, probe }) => name === host.host && probe?.kind === 'tls' && probe.expect === pair.id,
  )
  const fact = service && host.services[service.name]
  if (!service || !fact?.probe) return 'not-probed'
  if (fact.state === 'inactive') return 'stopped'
  if (fact.probe.kind !== 'served') return 'unreachable'
  const path = pair.placements.find((placement) => placement.host === host.host)?.certificate.path ?? ''
  const file = host.certificates[path]
  if (file?.kind !== 'certificate') return 'no'
  const faults = findServedFaults({ served: fact.probe.certificates, file: file.certificates })
  return faults.length === 0 ? 'yes' : 'no'
}
