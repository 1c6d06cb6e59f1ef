import { type AlarmDifference, compareAlarms, isOwn } from '../alarms/compute.ts'
import { findCondition } from '../alarms/condition.ts'
import { alarmName, isSame } from '../alarms/name.ts'
import { findOwing } from '../alarms/sharing.ts'
import { uniqueAlarms, wantedAlarms } from '../alarms/wanted.ts'
import type { Actual } from '../model/actual.ts'
import { type Address, formatAddress } from '../model/address.ts'
import type { AlarmState, Change } from '../model/change.ts'
import type { Desired, DesiredAlarms } from '../model/desired.ts'
import type { Difference } from '../model/difference.ts'
import type { AlarmTask } from '../model/plan.ts'
import type { Status } from '../model/status.ts'

interface AlarmContext {
  readonly desired: Desired
  readonly actual: Actual
  readonly difference: Difference
  readonly at: Date
}

/** The alarms that will be raised and cleared if everything else in the plan succeeds. */
export function predictAlarms(context: AlarmContext): Change[] {
  return alarmHosts(context.desired).flatMap((name) => {
    const { raise, clear, release } = predictHost(name, context)
    return [
      ...raise.map((alarm) => asChange(name, 'raise', alarm, alarm.reason)),
      ...clear.map(({ alarm, why }) => asChange(name, 'clear', alarm, why)),
      ...release.map(({ alarm, why }) => asChange(name, 'release', alarm, why)),
    ]
  })
}

function predictHost(
  name: string,
  { desired, actual, difference, at }: AlarmContext,
): Pick<AlarmDifference, 'raise' | 'clear' | 'release'> {
  const host = actual.hosts[name]
  if (host?.kind !== 'observed' || host.alarmsUnreadable !== undefined || host.heldBy !== undefined)
    return { raise: [], clear: [], release: [] }
  const rules = rulesOf(desired, name)
  const owing = findOwing(name, difference).map(({ cause }) => cause)
  const failures = { renewal: owing, service: [] }
  const condition = findCondition({ host: name, difference, at, view: 'planned', failures })
  return compareAlarms(rules, host, condition)
}

/** Alarms whose condition holds as things are, whether or not they have been raised. */
export function findStandingConditions(context: AlarmContext): Status['conditions'] {
  return alarmHosts(context.desired).flatMap((host) => {
    const rules = rulesOf(context.desired, host)
    const raised = wantAsFound(host, rules.filter(isLoud), context)
    const silent = wantAsFound(
      host,
      rules.filter((each) => !isLoud(each)),
      context,
    )
    const unheard = silent.filter((alarm) => !raised.some((each) => isSame(each, alarm)))
    return [
      ...raised.map((alarm) => ({ host, ...alarm, isSilent: false })),
      ...unheard.map((alarm) => ({ host, ...alarm, isSilent: true })),
    ]
  })
}

function wantAsFound(
  host: string,
  rules: readonly DesiredAlarms[],
  { actual, difference, at }: AlarmContext,
): AlarmState[] {
  if (actual.hosts[host]?.kind !== 'observed' || rules.length === 0) return []
  const condition = findCondition({ host, difference, at, view: 'found' })
  return uniqueAlarms(rules.flatMap((each) => wantedAlarms(each, condition)))
}

function isLoud({ raised }: DesiredAlarms): boolean {
  return raised
}

/** What is on the records of the hosts that the run is about, whoever wants it. */
export function describeStanding({
  desired,
  actual,
}: Pick<AlarmContext, 'desired' | 'actual'>): Status['alarms'] {
  return Object.values(actual.hosts).flatMap((host) => {
    if (host.kind !== 'observed' || desired.readOnlyHosts.includes(host.host)) return []
    const rules = rulesOf(desired, host.host)
    return host.alarms.map((alarm) => ({ host: host.host, ...alarm, isOwn: isOwn(rules, alarm) }))
  })
}

/**
 * Hosts where an alarm of these policies stands (it holds, or it is to be cleared, or it cannot be yet), or would if they
 * wanted any raised: the exit code tells of both.
 */
export function findAlarmed(context: AlarmContext): string[] {
  const { desired, actual } = context
  return alarmHosts(desired).filter((name) => {
    const host = actual.hosts[name]
    if (host?.kind !== 'observed' || host.heldBy !== undefined) return false
    const rules = rulesOf(desired, name)
    const silent = rules.filter((each) => !isLoud(each))
    return host.alarms.some((alarm) => isOwn(rules, alarm)) || wantAsFound(name, silent, context).length > 0
  })
}

/** One task for each host on which anything happens: its alarms are computed again from what is then observed. */
export function makeAlarmTasks(
  desired: Desired,
  difference: Difference,
  busy: ReadonlySet<string>,
  batch: number,
): AlarmTask[] {
  return alarmHosts(desired)
    .filter((host) => busy.has(host))
    .map((host) => ({
      kind: 'alarms',
      id: `alarms ${host}`,
      batch,
      host,
      alarms: rulesOf(desired, host),
      owing: findOwing(host, difference),
    }))
}

function alarmHosts(desired: Desired): string[] {
  return [...new Set(desired.plays.flatMap(({ alarms }) => Object.keys(alarms)))]
}

function rulesOf(desired: Desired, host: string): DesiredAlarms[] {
  return desired.plays.flatMap(({ alarms }) => alarms[host] ?? [])
}

function asChange(
  host: string,
  action: 'raise' | 'clear' | 'release',
  alarm: AlarmState,
  message: string,
): Change {
  const { id, entity, severity, reason, repair } = alarm
  const name = alarmName(alarm)
  const address: Address = formatAddress(host, 'alarm', name)
  const state = { id, entity, severity, reason, repair }
  return {
    address,
    host,
    kind: 'alarm',
    name,
    action,
    reasons: [{ code: action === 'raise' ? 'alarm-condition' : 'alarm-resolved', message }],
    before: action === 'raise' ? null : state,
    after: action === 'raise' ? state : null,
    paths: [],
    notes: [],
  }
}
