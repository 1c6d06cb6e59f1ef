import { type Condition, compareAlarms, uniqueAlarms, wantedAlarms } from '../alarms/compute.ts'
import { alarmName, describeProblems, listCertificates } from '../alarms/condition.ts'
import type { Actual } from '../model/actual.ts'
import { type Address, formatAddress } from '../model/address.ts'
import type { AlarmState, Change } from '../model/change.ts'
import type { Desired, DesiredAlarms } from '../model/desired.ts'
import type { Difference } from '../model/difference.ts'
import type { AlarmTask } from '../model/plan.ts'

interface AlarmContext {
  readonly desired: Desired
  readonly actual: Actual
  readonly difference: Difference
  readonly at: Date
}

/** The alarms that will be raised and cleared if everything else in the plan succeeds. */
export function predictAlarms(context: AlarmContext): Change[] {
  const { desired, actual, at } = context
  return alarmHosts(desired).flatMap((name) => {
    const host = actual.hosts[name]
    const rules = rulesOf(desired, name)
    if (host?.kind !== 'observed' || host.alarmsUnreadable !== undefined || host.heldBy !== undefined)
      return []
    const condition = predictCondition(name, context)
    const wanted = rules.flatMap((each) => wantedAlarms(each, condition))
    const policies = rules.map(({ policy }) => policy)
    const { raise, clear } = compareAlarms(policies, uniqueAlarms(wanted), host, {
      proved: condition.proved,
      at,
    })
    return [
      ...raise.map((alarm) => asChange(name, 'raise', alarm)),
      ...clear.map((alarm) => asChange(name, 'clear', alarm)),
    ]
  })
}

/** One task for each host on which anything happens: its alarms are computed again from what is then observed. */
export function makeAlarmTasks(desired: Desired, busy: ReadonlySet<string>, batch: number): AlarmTask[] {
  return alarmHosts(desired)
    .filter((host) => busy.has(host))
    .map((host) => ({ kind: 'alarms', id: `alarms ${host}`, batch, host, alarms: rulesOf(desired, host) }))
}

function alarmHosts(desired: Desired): string[] {
  return [...new Set(desired.plays.flatMap(({ batches }) => batches.flat()))]
}

function rulesOf(desired: Desired, host: string): DesiredAlarms[] {
  return desired.plays.flatMap(({ alarms }) => alarms[host] ?? [])
}

function predictCondition(host: string, { difference, at }: AlarmContext): Condition {
  const services = difference.services.filter(({ service }) => service.host === host)
  return {
    host,
    certificates: listCertificates(host, difference, true),
    renewalFailures: describeProblems(host, difference),
    serviceFailures: [],
    proved: services.every(({ proved, action }) => proved || action !== 'none'),
    at,
  }
}

function asChange(host: string, action: 'raise' | 'clear', alarm: AlarmState): Change {
  const { id, entity, severity, reason, repair } = alarm
  const name = alarmName(alarm)
  const address: Address = formatAddress(host, 'alarm', name)
  const state = { id, entity, severity, reason, repair }
  const message = action === 'raise' ? reason : 'every certificate of the host is in order, and served'
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
