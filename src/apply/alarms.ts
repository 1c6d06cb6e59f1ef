// Task kind alarms: the alarms of one host, computed from what is observed after everything else, and delivered.
// In: an AlarmTask and a second look at the hosts. Out: raised and cleared alarms, the record of those that stand.
import { type Condition, compareAlarms, uniqueAlarms, wantedAlarms } from '../alarms/compute.ts'
import { alarmName } from '../alarms/condition.ts'
import { alarmRecordPath, formatAlarmRecord, parseAlarmRecord } from '../alarms/record.ts'
import { uniqueSinks } from '../alarms/sinks.ts'
import { clearAlarm, parseDelivery, raiseAlarm } from '../alarms/starlingx-fm.ts'
import type { HostActual, StandingAlarm } from '../model/actual.ts'
import { formatAddress } from '../model/address.ts'
import type { AlarmState } from '../model/change.ts'
import type { DesiredSink } from '../model/desired.ts'
import { nothing, type TextFact } from '../model/host.ts'
import type { AlarmTask, Undeliverable } from '../model/plan.ts'
import type { Outcome } from '../model/result.ts'
import { observeCondition } from './condition.ts'
import { type Observation, type Run, refusal, requireHost } from './context.ts'

export interface AlarmOutcome {
  readonly outcomes: readonly Outcome[]
  readonly standing: readonly StandingAlarm[]
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
  return settle(run, task, host, observeCondition(run, task.host, difference, new Date(run.at)))
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
    at: new Date(run.at),
  }
  return settle(run, task, { alarms: record.alarms, sinks: [] }, condition)
}

function readRecord(text: TextFact | undefined): ReturnType<typeof parseAlarmRecord> {
  if (!text) return { kind: 'record', alarms: [] }
  return text.kind === 'text' ? parseAlarmRecord(text.text) : { kind: 'unreadable', detail: text.detail }
}

function settle(run: Run, task: AlarmTask, known: Known, condition: Condition): Promise<AlarmOutcome> {
  const wanted = uniqueAlarms(task.alarms.flatMap((rules) => wantedAlarms(rules, condition)))
  const policies = task.alarms.map(({ policy }) => policy)
  return deliver(run, task, known, compareAlarms(policies, wanted, known, condition))
}

type Known = Pick<HostActual, 'alarms' | 'sinks'>

async function deliver(
  run: Run,
  task: AlarmTask,
  host: Known,
  { raise, clear, record }: ReturnType<typeof compareAlarms>,
): Promise<AlarmOutcome> {
  const undeliverable: Undeliverable[] = []
  const kept: StandingAlarm[] = []
  const outcomes: Outcome[] = []
  const sinks = uniqueSinks(task.alarms)
  for (const alarm of raise) {
    const faults = await tell(run, task.host, sinks, (sink) => raiseAlarm(sink, alarm))
    undeliverable.push(...faults)
    outcomes.push(outcomeOf(task.host, 'raise', alarm, faults))
  }
  for (const alarm of clear) {
    const faults = await tell(run, task.host, presentSinks(sinks, host, alarm), (sink) =>
      clearAlarm(sink, alarm),
    )
    undeliverable.push(...faults)
    outcomes.push(outcomeOf(task.host, 'clear', alarm, faults))
    if (faults.length > 0) kept.push(alarm)
  }
  const standing = [...record, ...kept]
  if (raise.length + clear.length > 0 || standing.length !== host.alarms.length)
    undeliverable.push(...(await writeRecord(run, task.host, standing)))
  return { outcomes, standing, undeliverable }
}

/** A sink that says the alarm is not there need not be told to clear it. */
function presentSinks(sinks: readonly DesiredSink[], host: Known, { id }: AlarmState): DesiredSink[] {
  return sinks.filter(({ type }) => host.sinks.find(({ sink }) => sink === type)?.present[id] !== false)
}

async function tell(
  run: Run,
  host: string,
  sinks: readonly DesiredSink[],
  command: (sink: DesiredSink) => ReturnType<typeof raiseAlarm>,
): Promise<Undeliverable[]> {
  const faults: Undeliverable[] = []
  for (const sink of sinks) {
    const detail = parseDelivery(await requireHost(run, host).run(command(sink)))
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
  action: 'raise' | 'clear',
  alarm: AlarmState,
  faults: readonly Undeliverable[],
): Outcome {
  const address = formatAddress(host, 'alarm', alarmName(alarm))
  const [fault] = faults
  return fault
    ? { address, host, action, status: 'failed', detail: `${fault.sink}: ${fault.detail}` }
    : { address, host, action, status: 'done', detail: alarm.reason }
}
