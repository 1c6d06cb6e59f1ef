import type { SinkFact, StandingAlarm } from '../model/actual.ts'
import type { AlarmState } from '../model/change.ts'
import type { DesiredAlarms } from '../model/desired.ts'
import { describeCauses, describeExpired, describeExpiring } from './catalogue.ts'
import type { Condition } from './condition.ts'
import { certificateEntity, hostEntity, isSame } from './name.ts'

export interface AlarmDifference {
  readonly raise: readonly AlarmState[]
  readonly clear: readonly StandingAlarm[]
  /** Of those that another policy still wants: this one lets go. */
  readonly release: readonly StandingAlarm[]
  /** The record as it is to be written. */
  readonly record: readonly StandingAlarm[]
}

/** Alarms that have to stand on a host for one policy. Pure. */
export function wantedAlarms(rules: DesiredAlarms, condition: Condition): AlarmState[] {
  return [...renewalAlarm(rules, condition), ...expiryAlarms(rules, condition)]
}

/** One alarm for the host; a failed renewal is told first, and neither failure hides the other. */
function renewalAlarm(
  { renewal: { id, severity, failed, notUpdated } }: DesiredAlarms,
  { host, renewalFailures, serviceFailures }: Condition,
): AlarmState[] {
  const causes = [...renewalFailures, ...serviceFailures]
  if (causes.length === 0) return []
  const words = renewalFailures.length > 0 ? failed : notUpdated
  return [{ id, severity, entity: hostEntity(host), ...describeCauses(words, causes) }]
}

function expiryAlarms(
  { expiring, expired }: DesiredAlarms,
  { host, certificates, at }: Condition,
): AlarmState[] {
  return certificates.flatMap((certificate): AlarmState[] => {
    const entity = certificateEntity(host, certificate.name)
    const remainingMs = Date.parse(certificate.notAfter) - at.getTime()
    if (remainingMs < 0)
      return [{ id: expired.id, severity: expired.severity, entity, ...describeExpired(certificate) }]
    // What is renewed by itself is only worth waking somebody for once its renewal is overdue.
    const beforeSeconds = Math.min(
      expiring.beforeSeconds,
      certificate.renewBeforeSeconds ?? Number.POSITIVE_INFINITY,
    )
    if (remainingMs >= beforeSeconds * 1000) return []
    return [{ id: expiring.id, severity: expiring.severity, entity, ...describeExpiring(certificate) }]
  })
}

/** Two policies may want the same alarm; it is one alarm. */
export function uniqueAlarms(alarms: readonly AlarmState[]): AlarmState[] {
  return [...new Map(alarms.map((alarm) => [`${alarm.id} ${alarm.entity}`, alarm])).values()]
}

/**
 * What has to be raised and cleared so that the wanted alarms stand, and no other of this policy.
 * A sink that has lost an alarm is told again. An alarm that another policy raised too stays until that one lets go of it.
 */
export function compareAlarms(
  policies: readonly string[],
  wanted: readonly AlarmState[],
  { alarms: standing, sinks }: { alarms: readonly StandingAlarm[]; sinks: readonly SinkFact[] },
  { host, proved, unseen, at }: Pick<Condition, 'host' | 'proved' | 'unseen' | 'at'>,
): AlarmDifference {
  const keep = (alarm: StandingAlarm) => wanted.some((each) => isSame(each, alarm))
  // A renewal is not over while a host that shares in it is out of sight.
  const isProved = ({ entity }: StandingAlarm) =>
    proved && (entity !== hostEntity(host) || unseen.length === 0)
  const released = standing.filter(
    (alarm) => !keep(alarm) && isProved(alarm) && alarm.policies.some((policy) => policies.includes(policy)),
  )
  const clear = released.filter((alarm) => alarm.policies.every((policy) => policies.includes(policy)))
  const release = released.filter((alarm) => !clear.includes(alarm))
  const isLost = (alarm: AlarmState) =>
    sinks.some(({ standing: there, undeliverable }) =>
      undeliverable === undefined ? !there.some((each) => isSame(each, alarm)) : false,
    )
  const raise = wanted.filter((alarm) => isLost(alarm) || !standing.some((each) => isEqual(each, alarm)))
  const kept = standing
    .filter((alarm) => !clear.includes(alarm) && !keep(alarm))
    .map((alarm) => (release.includes(alarm) ? withoutPolicies(alarm, policies) : alarm))
  const current = wanted.map((alarm) => stand(alarm, policies, standing, at))
  return { raise, clear, release, record: [...kept, ...current] }
}

function isEqual(standing: StandingAlarm, wanted: AlarmState): boolean {
  return (
    isSame(standing, wanted) &&
    standing.severity === wanted.severity &&
    standing.reason === wanted.reason &&
    standing.repair === wanted.repair
  )
}

function withoutPolicies(alarm: StandingAlarm, policies: readonly string[]): StandingAlarm {
  return { ...alarm, policies: alarm.policies.filter((policy) => !policies.includes(policy)) }
}

/** An alarm that stood already keeps the time of its raising. */
function stand(
  alarm: AlarmState,
  policies: readonly string[],
  standing: readonly StandingAlarm[],
  at: Date,
): StandingAlarm {
  const before = standing.find((each) => isSame(each, alarm))
  const names = [...new Set([...(before?.policies ?? []), ...policies])].sort()
  return { ...alarm, raisedAt: before?.raisedAt ?? at.toISOString(), policies: names }
}
