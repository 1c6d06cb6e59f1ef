// The state of every certificate, service and alarm, from the same facts and differences as a plan. Pure.
import { isSame } from '../alarms/name.ts'
import type { HostActual } from '../model/actual.ts'
import type { DesiredPair, DesiredService, Placement } from '../model/desired.ts'
import type { PairDifference } from '../model/difference.ts'
import {
  type CertificateState,
  type CertificateStatus,
  certificateStates,
  type Status,
} from '../model/status.ts'
import { findServedFaults } from '../x509/served.ts'
import { describeStanding, findStandingConditions } from './alarms.ts'
import { describeGenerations } from './generation-status.ts'
import { findUndeliverable, findUnreachable, type PlanInput } from './plan.ts'
import { describeRotations } from './rotations.ts'
import { findUnverified } from './unverified.ts'

export function makeStatus(input: PlanInput): Status {
  const { desired, actual, difference, at } = input
  const services = desired.plays.flatMap((play) => play.services)
  return {
    at: at.toISOString(),
    certificates: sortByUrgency(
      difference.pairs.flatMap((pair) => {
        if (pair.pair.waiting) return describeGenerations(pair.pair, input)
        return pair.pair.placements
          .filter(({ host }) => !desired.readOnlyHosts.includes(host))
          .map((placement) => describe(pair, placement, services, input))
      }),
    ),
    omitted: 0,
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
    alarms: describeStanding(input),
    conditions: findStandingConditions(input).filter(({ host, ...alarm }) => {
      const fact = actual.hosts[host]
      return fact?.kind === 'observed' && !fact.alarms.some((each) => isSame(each, alarm))
    }),
    rotations: describeRotations(desired, difference),
    problems: difference.problems,
    unreachable: findUnreachable(input),
    undeliverable: findUndeliverable(actual),
  }
}

function describe(
  difference: PairDifference,
  placement: Placement,
  services: readonly DesiredService[],
  { actual, at, difference: { pairs } }: PlanInput,
): CertificateStatus {
  const { pair } = difference
  const { address, host: name } = placement
  const base = { address, host: name, kind: pair.kind, name: pair.name, path: placement.certificate.path }
  const host = actual.hosts[name]
  if (host?.kind !== 'observed')
    return {
      ...base,
      notAfter: null,
      dueAt: null,
      daysLeft: null,
      state: 'unreachable',
      served: 'unreachable',
      reasons: [],
    }
  const fact = host.certificates[placement.certificate.path]
  const notAfter = fact?.kind === 'certificate' ? fact.certificates[0].notAfter : null
  const found = difference.placements.find((each) => each.placement === placement)
  const { issue, withheld, rotation } = difference
  const reasons = [
    ...((issue ?? withheld ?? rotation)?.reasons ?? []),
    ...(found?.files.flatMap((file) => file.reasons) ?? []),
    ...findUnverified(pair, host, pairs),
  ]
  return {
    ...base,
    notAfter,
    dueAt: found?.dueAt?.toISOString() ?? null,
    daysLeft: notAfter === null ? null : Math.floor((Date.parse(notAfter) - at.getTime()) / 86_400_000),
    state: judge({ placement, host, codes: reasons.map(({ code }) => code), notAfter, at }),
    served: findServed(pair, host, services),
    reasons,
  }
}

interface Judged {
  readonly placement: Placement
  readonly host: HostActual
  readonly codes: readonly string[]
  readonly notAfter: string | null
  readonly at: Date
}

/** What has expired has expired, whatever else can or cannot be told. */
function judge({ placement, host, codes, notAfter, at }: Judged): CertificateState {
  const { certificate, privateKey } = placement
  const facts = [host.certificates[certificate.path], privateKey && host.privateKeys[privateKey.path]]
  if (notAfter !== null && Date.parse(notAfter) < at.getTime()) return 'expired'
  if (facts.some((fact) => fact?.kind === 'unreadable')) return 'blocked'
  if (facts.some((fact) => fact?.kind === 'absent')) return 'missing'
  if (codes.includes('expired') || codes.includes('authority-expired')) return 'expired'
  if (codes.some((code) => code !== 'expires-soon')) return 'differs'
  return codes.length > 0 ? 'expires-soon' : 'ok'
}

/** By state, then by when it is due; among equals as the policy and the inventory have them. */
function sortByUrgency(certificates: readonly CertificateStatus[]): CertificateStatus[] {
  const rank = ({ state }: CertificateStatus) => certificateStates.indexOf(state)
  const due = ({ dueAt, notAfter }: CertificateStatus) => Date.parse(dueAt ?? notAfter ?? '9999-12-31')
  return certificates.toSorted((a, b) => rank(a) - rank(b) || due(a) - due(b))
}

/** What is due within so long, and all that is not as it should be. The rest of a status stays: it is the truth of all. */
export function selectDue(status: Status, withinSeconds: number): Status {
  const end = Date.parse(status.at) + withinSeconds * 1000
  const isDue = ({ dueAt, notAfter }: CertificateStatus) => {
    const instant = dueAt ?? notAfter
    return instant !== null && Date.parse(instant) <= end
  }
  const certificates = status.certificates.filter((each) => each.state !== 'ok' || isDue(each))
  return { ...status, certificates, omitted: status.certificates.length - certificates.length }
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
