// Which alarms have to stand.
import type { AlarmState } from '../model/change.ts'
import type { AlarmWords, DesiredAlarms } from '../model/desired.ts'
import { describeCauses, describeExpired, describeExpiring, describeRotation } from './catalogue.ts'
import type { Condition } from './condition.ts'
import { authorityEntity, certificateEntity, hostEntity } from './name.ts'

/** Alarms that have to stand on a host for one policy. Pure. */
export function wantedAlarms(rules: DesiredAlarms, condition: Condition): AlarmState[] {
  return [
    ...renewalAlarm(rules, condition),
    ...expiryAlarms(rules, condition),
    ...rotationAlarms(rules, condition),
  ]
}

/** One alarm for the host; a failed renewal is told first, and neither failure hides the other. */
function renewalAlarm(
  { renewal: { id, severity, failed, notUpdated } }: DesiredAlarms,
  { host, failures, consequences }: Condition,
): AlarmState[] {
  const causes = [...failures.renewal, ...failures.service]
  const follow = [...consequences.renewal, ...consequences.service]
  if (causes.length + follow.length === 0) return []
  const words = chooseWords(failed, notUpdated, { failures, consequences })
  return [{ id, severity, entity: hostEntity(host), ...describeCauses(words, causes, follow) }]
}

/** Where nothing but a service failed, what differs for that is not told as if it had failed itself. */
function chooseWords(
  failed: AlarmWords,
  notUpdated: AlarmWords,
  { failures, consequences }: Pick<Condition, 'failures' | 'consequences'>,
): AlarmWords {
  if (failures.renewal.length + consequences.renewal.length === 0) return notUpdated
  const isService = failures.renewal.length === 0 && failures.service.length > 0
  return isService ? { ...failed, reason: `${failed.reason} A service failed.` } : failed
}

function expiryAlarms(
  { expiring, expired }: DesiredAlarms,
  { host, certificates, at }: Condition,
): AlarmState[] {
  return certificates.flatMap(({ notAfter, ...found }): AlarmState[] => {
    if (notAfter === undefined) return []
    const certificate = { ...found, notAfter }
    const entity = certificateEntity(host, certificate.name)
    const remainingMs = Date.parse(notAfter) - at.getTime()
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

/** The policy says how severe it is while all goes its way; what presses is major at least. */
function rotationAlarms(
  { rotation: { id, severity } }: DesiredAlarms,
  { host, authorities }: Condition,
): AlarmState[] {
  return authorities.flatMap(({ name, rotation }): AlarmState[] => {
    if (!rotation) return []
    const isPressing = rotation.isOverdue || rotation.endsAt !== undefined
    const pressing = severity === 'critical' ? severity : 'major'
    return [
      {
        id,
        severity: isPressing ? pressing : severity,
        entity: authorityEntity(host, name),
        ...describeRotation(name, rotation),
      },
    ]
  })
}

/** Two policies may want the same alarm; it is one alarm. */
export function uniqueAlarms(alarms: readonly AlarmState[]): AlarmState[] {
  return [...new Map(alarms.map((alarm) => [`${alarm.id} ${alarm.entity}`, alarm])).values()]
}
