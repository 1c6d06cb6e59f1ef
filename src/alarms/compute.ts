import type { SinkFact, StandingAlarm } from '../model/actual.ts'
import type { AlarmState } from '../model/change.ts'
import type { DesiredAlarms } from '../model/desired.ts'
import { describeExpired, describeExpiring, describeNotUpdated, describeRenewalFailed } from './catalogue.ts'

/** What the alarms of one host follow from: its state, never an event. */
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
  readonly at: Date
}

export interface AlarmDifference {
  readonly raise: readonly AlarmState[]
  readonly clear: readonly StandingAlarm[]
  /** The record as it is to be written. */
  readonly record: readonly StandingAlarm[]
}

/** Alarms that have to stand on a host for one policy. Pure. */
export function wantedAlarms(rules: DesiredAlarms, condition: Condition): AlarmState[] {
  return [...renewalAlarm(rules, condition), ...expiryAlarms(rules, condition)]
}

/** One alarm for the host; a failed renewal is told first, and neither failure hides the other. */
function renewalAlarm(
  { renewal }: DesiredAlarms,
  { host, renewalFailures, serviceFailures }: Condition,
): AlarmState[] {
  const causes = [...renewalFailures, ...serviceFailures]
  if (causes.length === 0) return []
  const describe = renewalFailures.length > 0 ? describeRenewalFailed : describeNotUpdated
  return [{ ...renewal, entity: `host=${host}`, ...describe(causes.join('; ')) }]
}

function expiryAlarms({ expiring, expired }: DesiredAlarms, { certificates, at }: Condition): AlarmState[] {
  return certificates.flatMap((certificate): AlarmState[] => {
    const entity = `system.certificate.${certificate.name}`
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
  { proved, at }: Pick<Condition, 'proved' | 'at'>,
): AlarmDifference {
  const keep = (alarm: StandingAlarm) => wanted.some((each) => isSame(each, alarm))
  const ours = standing.filter(
    (alarm) => !keep(alarm) && alarm.policies.some((policy) => policies.includes(policy)),
  )
  const released = proved ? ours : []
  const clear = released.filter((alarm) => alarm.policies.every((policy) => policies.includes(policy)))
  const isLost = ({ id }: AlarmState) => sinks.some(({ present }) => present[id] === false)
  const raise = wanted.filter((alarm) => isLost(alarm) || !standing.some((each) => isEqual(each, alarm)))
  const kept = standing
    .filter((alarm) => !clear.includes(alarm) && !keep(alarm))
    .map((alarm) => (released.includes(alarm) ? withoutPolicies(alarm, policies) : alarm))
  const current = wanted.map((alarm) => stand(alarm, policies, standing, at))
  return { raise, clear, record: [...kept, ...current] }
}

function isSame(a: AlarmState, b: AlarmState): boolean {
  return a.id === b.id && a.entity === b.entity
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
