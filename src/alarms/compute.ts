import type { AlarmWant, SinkFact, StandingAlarm } from '../model/actual.ts'
import type { AlarmState } from '../model/change.ts'
import type { DesiredAlarms } from '../model/desired.ts'
import { describeCauses, describeExpired, describeExpiring } from './catalogue.ts'
import type { Condition } from './condition.ts'
import { certificateEntity, hostEntity, isSame } from './name.ts'
import { saysStanding, sinksOf, uniqueSinks } from './sinks.ts'
import { speaksFor, uniqueWants } from './want.ts'

export interface AlarmDifference {
  readonly raise: readonly AlarmState[]
  /** With the sinks that have to be told: those that may know it. */
  readonly clear: readonly StandingAlarm[]
  /** Of those that another policy still wants: this one lets go. */
  readonly release: readonly StandingAlarm[]
  /** All that stands when that is done. */
  readonly record: readonly StandingAlarm[]
}

/** What is known of the alarms of a host. */
export interface KnownAlarms {
  readonly alarms: readonly StandingAlarm[]
  readonly sinks: readonly SinkFact[]
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
 * What has to be raised and cleared so that the alarms stand that these policies want, and no other of theirs. A sink
 * that has lost an alarm is told again. An alarm that another policy raised too stays until that one lets go of it.
 */
export function compareAlarms(
  rules: readonly DesiredAlarms[],
  known: KnownAlarms,
  condition: Condition,
): AlarmDifference {
  const all = rules.flatMap((each) => (each.raised ? wantedAlarms(each, condition) : []))
  const wanted = uniqueAlarms(all)
  const isLost = (alarm: AlarmState) =>
    known.sinks.some(({ sink }) => saysStanding(known.sinks, sink, alarm) === false)
  const raise = wanted.filter((alarm) => isLost(alarm) || !known.alarms.some((each) => isEqual(each, alarm)))
  const unwanted = known.alarms.filter((alarm) => !wanted.some((each) => isSame(each, alarm)))
  const released = unwanted.filter((alarm) => isOwn(rules, alarm) && isProved(condition, alarm))
  const clear = released.filter((alarm) => wantsOfOthers(rules, alarm).length === 0)
  const release = released.filter((alarm) => !clear.includes(alarm))
  const kept = unwanted
    .filter((alarm) => !clear.includes(alarm))
    .map((alarm) => (release.includes(alarm) ? { ...alarm, wantedBy: wantsOfOthers(rules, alarm) } : alarm))
  const current = wanted.map((alarm) =>
    stand({ rules, known, condition, isTold: raise.includes(alarm) }, alarm),
  )
  return {
    raise,
    clear: clear.map((alarm) => ({ ...alarm, sinks: sinksToClear(rules, known, alarm) })),
    release,
    record: [...kept, ...current],
  }
}

/** One that a run with these policies has a say in. */
export function isOwn(rules: readonly DesiredAlarms[], { wantedBy }: StandingAlarm): boolean {
  return wantedBy.length === 0 || wantedBy.some((want) => speaksFor(rules, want))
}

function wantsOfOthers(rules: readonly DesiredAlarms[], { wantedBy }: StandingAlarm): AlarmWant[] {
  return wantedBy.filter((want) => !speaksFor(rules, want))
}

/** A renewal is not over while a host that shares in it is out of sight. */
function isProved({ host, proved, unseen }: Condition, { entity }: StandingAlarm): boolean {
  return proved && (entity !== hostEntity(host) || unseen.length === 0)
}

/** The policies' own and those that were told earlier, but for who has said that it is not there. */
function sinksToClear(
  rules: readonly DesiredAlarms[],
  { sinks }: KnownAlarms,
  alarm: StandingAlarm,
): StandingAlarm['sinks'] {
  const all = uniqueSinks([...sinksOf(rules), ...alarm.sinks])
  return all.filter((sink) => saysStanding(sinks, sink, alarm) !== false)
}

function isEqual(standing: StandingAlarm, wanted: AlarmState): boolean {
  return (
    isSame(standing, wanted) &&
    standing.severity === wanted.severity &&
    standing.reason === wanted.reason &&
    standing.repair === wanted.repair
  )
}

interface Standing {
  readonly rules: readonly DesiredAlarms[]
  readonly known: KnownAlarms
  readonly condition: Condition
  /** It is told to all sinks of these policies. */
  readonly isTold: boolean
}

/** An alarm that stood already keeps the time of its raising. */
function stand({ rules, known, condition, isTold }: Standing, alarm: AlarmState): StandingAlarm {
  const before = known.alarms.find((each) => isSame(each, alarm))
  const wanting = rules.filter(
    (each) => each.raised && wantedAlarms(each, condition).some((wanted) => isSame(wanted, alarm)),
  )
  const knowing = sinksOf(rules).filter((sink) => isTold || saysStanding(known.sinks, sink, alarm))
  return {
    ...alarm,
    raisedAt: before?.raisedAt ?? condition.at.toISOString(),
    wantedBy: uniqueWants([...(before ? wantsOfOthers(rules, before) : []), ...wanting]),
    sinks: uniqueSinks([...knowing, ...(before?.sinks ?? [])]),
  }
}
