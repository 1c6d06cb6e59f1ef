// What the alarms of one host come to is recorded and told.
// In: what is to be raised, cleared and released. Out: what became of each, and what stands then.
import type { AlarmDifference, KnownAlarms } from '../alarms/compute.ts'
import { alarmName, isSame } from '../alarms/name.ts'
import { alarmRecordPath, formatAlarmRecord } from '../alarms/record.ts'
import { clearIn, type Delivery, isSameSink, raiseIn, sinksOf } from '../alarms/sinks.ts'
import type { StandingAlarm } from '../model/actual.ts'
import { formatAddress } from '../model/address.ts'
import type { AlarmState } from '../model/change.ts'
import type { DesiredSink } from '../model/desired.ts'
import type { AlarmTask, Undeliverable } from '../model/plan.ts'
import type { Outcome } from '../model/result.ts'
import { type Run, refusal, requireHost } from './context.ts'

export interface Delivered {
  readonly outcomes: readonly Outcome[]
  /** All that stands on the host. */
  readonly standing: readonly StandingAlarm[]
  readonly undeliverable: readonly Undeliverable[]
}

/**
 * All that is to stand, and what is to be cleared, is on the record before anybody is told: a run that is killed in
 * between leaves no alarm that nobody remembers. One that cannot be recorded is told all the same: better than none.
 */
export async function deliver(
  run: Run,
  task: AlarmTask,
  known: KnownAlarms,
  { raise, clear, release, record }: AlarmDifference,
): Promise<Delivered> {
  const { host } = task
  const told = clear.map(({ alarm }) => alarm).filter(({ sinks }) => sinks.length > 0)
  const before = await writeRecord(run, host, [...record, ...told], known.alarms)
  const raised = await raiseAll(run, task, raise)
  const cleared = await clearAll(run, host, clear)
  const standing = [...record.map((alarm) => withoutDeaf(alarm, known, raised.deaf)), ...cleared.kept]
  const after = await writeRecord(run, host, standing, before.written)
  const released = release.map(({ alarm }) => outcomeOf(host, 'release', alarm, []))
  return {
    outcomes: [...raised.outcomes, ...cleared.outcomes, ...released],
    standing,
    undeliverable: [
      ...raised.faults,
      ...cleared.faults,
      ...(after.faults.length > 0 ? after : before).faults,
    ],
  }
}

interface Told {
  readonly outcomes: readonly Outcome[]
  readonly faults: readonly Undeliverable[]
}

/** `deaf`: sinks whose program is not there, and that know of no alarm for that. */
async function raiseAll(
  run: Run,
  { host, alarms }: AlarmTask,
  raise: readonly AlarmState[],
): Promise<Told & { readonly deaf: readonly DesiredSink[] }> {
  const faults: Fault[] = []
  const outcomes: Outcome[] = []
  for (const alarm of raise) {
    const found = await tell(run, host, sinksOf(alarms), (sink) => raiseIn(sink, alarm))
    faults.push(...found)
    outcomes.push(outcomeOf(host, 'raise', alarm, found.map(asUndeliverable)))
  }
  const deaf = faults.filter(({ isThere }) => !isThere).map(({ sink }) => sink)
  return { outcomes, faults: faults.map(asUndeliverable), deaf }
}

/** What a sink did not confirm to be gone stays, for that sink. */
async function clearAll(
  run: Run,
  host: string,
  clear: AlarmDifference['clear'],
): Promise<Told & { readonly kept: readonly StandingAlarm[] }> {
  const faults: Fault[] = []
  const outcomes: Outcome[] = []
  const kept: StandingAlarm[] = []
  for (const { alarm } of clear) {
    const found = await tell(run, host, alarm.sinks, (sink) => clearIn(sink, alarm))
    faults.push(...found)
    outcomes.push(outcomeOf(host, 'clear', alarm, found.map(asUndeliverable)))
    if (found.length > 0) kept.push({ ...alarm, sinks: found.map(({ sink }) => sink) })
  }
  return { outcomes, faults: faults.map(asUndeliverable), kept }
}

function withoutDeaf(alarm: StandingAlarm, known: KnownAlarms, deaf: readonly DesiredSink[]): StandingAlarm {
  const knew = known.alarms.find((each) => isSame(each, alarm))?.sinks ?? []
  const includes = (sinks: readonly DesiredSink[], sink: DesiredSink) =>
    sinks.some((each) => isSameSink(each, sink))
  return { ...alarm, sinks: alarm.sinks.filter((sink) => includes(knew, sink) || !includes(deaf, sink)) }
}

interface Fault {
  readonly host: string
  readonly sink: DesiredSink
  readonly detail: string
  /** The program that was to be told is. */
  readonly isThere: boolean
}

function asUndeliverable({ host, sink, detail }: Fault): Undeliverable {
  return { host, sink: sink.type, detail }
}

async function tell(
  run: Run,
  host: string,
  sinks: readonly DesiredSink[],
  deliveryTo: (sink: DesiredSink) => Delivery,
): Promise<Fault[]> {
  const faults: Fault[] = []
  for (const sink of sinks) {
    const { command, parse } = deliveryTo(sink)
    const outcome = await requireHost(run, host).run(command)
    const detail = parse(outcome)
    if (detail !== undefined) faults.push({ host, sink, detail, isThere: outcome.kind !== 'missing' })
  }
  return faults
}

interface Written {
  /** What is on the record then. */
  readonly written: readonly StandingAlarm[]
  readonly faults: readonly Undeliverable[]
}

async function writeRecord(
  run: Run,
  host: string,
  alarms: readonly StandingAlarm[],
  written: readonly StandingAlarm[],
): Promise<Written> {
  const text = formatAlarmRecord(alarms)
  if (text === formatAlarmRecord(written)) return { written, faults: [] }
  try {
    await requireHost(run, host).writeState(alarmRecordPath, text)
    return { written: alarms, faults: [] }
  } catch (error) {
    return { written, faults: [{ host, sink: 'file', detail: refusal(run, host, error) }] }
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
