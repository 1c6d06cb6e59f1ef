// Task kind alarms: the alarms of one host, computed from what is observed after everything else, and delivered.
// In: an AlarmTask and a second look at the hosts. Out: raised and cleared alarms, the record of those that stand.
import { type AlarmDifference, compareAlarms, uniqueAlarms, wantedAlarms } from '../alarms/compute.ts'
import { type Condition, findCondition } from '../alarms/condition.ts'
import { alarmName, isSame } from '../alarms/name.ts'
import { alarmRecordPath, formatAlarmRecord, parseAlarmRecord } from '../alarms/record.ts'
import { clearIn, type Delivery, raiseIn, uniqueSinks } from '../alarms/sinks.ts'
import type { HostActual, StandingAlarm } from '../model/actual.ts'
import { formatAddress } from '../model/address.ts'
import type { AlarmState } from '../model/change.ts'
import type { DesiredSink } from '../model/desired.ts'
import type { Difference } from '../model/difference.ts'
import { nothing, type TextFact } from '../model/host.ts'
import type { AlarmTask, Undeliverable } from '../model/plan.ts'
import type { Outcome } from '../model/result.ts'
import { type Observation, type Run, refusal, requireHost } from './context.ts'

export interface AlarmOutcome {
  readonly outcomes: readonly Outcome[]
  /** Those of this policy that stand, and those whose condition holds although it wants none raised. */
  readonly standing: readonly AlarmState[]
  readonly undeliverable: readonly Undeliverable[]
}

export async function applyAlarms(
  run: Run,
  task: AlarmTask,
  { actual, difference }: Observation,
): Promise<AlarmOutcome> {
  const host = actual.hosts[task.host]
  if (host?.kind === 'unreachable' && host.why === 'unexpected') return alarmBlindly(run, task, host.detail)
  if (host?.kind !== 'observed') return lost(task, host?.detail ?? 'not observed')
  if (host.alarmsUnreadable !== undefined) return lost(task, host.alarmsUnreadable)
  return settle(run, task, host, observe(run, task, difference))
}

/** State, not events: what still differs counts as much as what failed in this run. */
function observe(run: Run, { host, owing }: AlarmTask, difference: Difference): Condition {
  const { renewal, service } = run.failures.get(host) ?? { renewal: [], service: [] }
  const owed = owing.flatMap(({ pair, cause }) => (run.issued.has(pair) ? [cause] : []))
  const failures = { renewal: [...renewal, ...owed], service }
  return findCondition({ host, difference, at: new Date(run.at), view: 'observed', failures })
}

function lost({ host }: AlarmTask, detail: string): AlarmOutcome {
  return { outcomes: [], standing: [], undeliverable: [{ host, sink: 'file', detail }] }
}

/**
 * Looking at this host came to something that nobody thought of. Its record is asked for by itself, so that the alarm
 * stands all the same; nothing is cleared, for nothing is known.
 */
async function alarmBlindly(run: Run, task: AlarmTask, detail: string): Promise<AlarmOutcome> {
  const { texts } = await requireHost(run, task.host).gather({ ...nothing, texts: [alarmRecordPath] })
  const record = readRecord(texts[0])
  if (record.kind !== 'record') return lost(task, record.detail)
  const condition: Condition = {
    host: task.host,
    certificates: [],
    renewalFailures: [detail],
    serviceFailures: [],
    proved: false,
    unseen: [],
    at: new Date(run.at),
  }
  return settle(run, task, { alarms: record.alarms, sinks: [] }, condition)
}

function readRecord(text: TextFact | undefined): ReturnType<typeof parseAlarmRecord> {
  if (!text) return { kind: 'record', alarms: [] }
  return text.kind === 'text' ? parseAlarmRecord(text.text) : { kind: 'unreadable', detail: text.detail }
}

async function settle(run: Run, task: AlarmTask, known: Known, condition: Condition): Promise<AlarmOutcome> {
  const raised = task.alarms.filter((rules) => rules.raised)
  const silent = task.alarms.filter((rules) => !rules.raised)
  const wanted = uniqueAlarms(raised.flatMap((rules) => wantedAlarms(rules, condition)))
  const policies = task.alarms.map(({ policy }) => policy)
  const outcome = await deliver(run, task, known, compareAlarms(policies, wanted, known, condition))
  const untold = silent.flatMap((rules) => wantedAlarms(rules, condition))
  const own = outcome.standing.filter((alarm) => alarm.policies.some((policy) => policies.includes(policy)))
  return { ...outcome, standing: uniqueAlarms([...untold, ...own]) }
}

type Known = Pick<HostActual, 'alarms' | 'sinks'>

async function deliver(
  run: Run,
  task: AlarmTask,
  known: Known,
  { raise, clear, release, record }: AlarmDifference,
): Promise<Omit<AlarmOutcome, 'standing'> & { readonly standing: readonly StandingAlarm[] }> {
  const undeliverable: Undeliverable[] = []
  const kept: StandingAlarm[] = []
  const outcomes: Outcome[] = []
  const sinks = uniqueSinks(task.alarms)
  for (const alarm of raise) {
    const faults = await tell(run, task.host, sinks, (sink) => raiseIn(sink, alarm))
    undeliverable.push(...faults)
    outcomes.push(outcomeOf(task.host, 'raise', alarm, faults))
  }
  for (const alarm of clear) {
    const faults = await tell(run, task.host, presentSinks(sinks, known, alarm), (sink) =>
      clearIn(sink, alarm),
    )
    undeliverable.push(...faults)
    outcomes.push(outcomeOf(task.host, 'clear', alarm, faults))
    if (faults.length > 0) kept.push(alarm)
  }
  for (const alarm of release) outcomes.push(outcomeOf(task.host, 'release', alarm, []))
  const standing = [...record, ...kept]
  if (formatAlarmRecord(standing) !== formatAlarmRecord(known.alarms))
    undeliverable.push(...(await writeRecord(run, task.host, standing)))
  return { outcomes, standing, undeliverable }
}

/** A sink that says the alarm is not there need not be told to clear it. */
function presentSinks(sinks: readonly DesiredSink[], known: Known, alarm: AlarmState): DesiredSink[] {
  return sinks.filter(({ type }) => {
    const fact = known.sinks.find(({ sink }) => sink === type)
    const isTold = fact !== undefined && fact.undeliverable === undefined
    return !isTold || fact.standing.some((each) => isSame(each, alarm))
  })
}

async function tell(
  run: Run,
  host: string,
  sinks: readonly DesiredSink[],
  deliveryTo: (sink: DesiredSink) => Delivery,
): Promise<Undeliverable[]> {
  const faults: Undeliverable[] = []
  for (const sink of sinks) {
    const { command, parse } = deliveryTo(sink)
    const detail = parse(await requireHost(run, host).run(command))
    if (detail !== undefined) faults.push({ host, sink: sink.type, detail })
  }
  return faults
}

async function writeRecord(
  run: Run,
  host: string,
  standing: readonly StandingAlarm[],
): Promise<Undeliverable[]> {
  try {
    await requireHost(run, host).writeState(alarmRecordPath, formatAlarmRecord(standing))
    return []
  } catch (error) {
    return [{ host, sink: 'file', detail: refusal(run, host, error) }]
  }
}

function outcomeOf(
  host: string,
  action: 'raise' | 'clear' | 'release',
  alarm: AlarmState,
  faults: readonly Undeliverable[],
): Outcome {
  const address = formatAddress(host, 'alarm', alarmName(alarm))
  const [fault] = faults
  return fault
    ? { address, host, action, status: 'failed', detail: `${fault.sink}: ${fault.detail}` }
    : { address, host, action, status: 'done', detail: alarm.reason }
}
