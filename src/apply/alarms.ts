// Task kind alarms: the alarms of one host, computed from what is observed after everything else, and delivered.
// In: an AlarmTask and a second look at the hosts. Out: raised and cleared alarms, the record of those that stand.
import { type Condition, compareAlarms, uniqueAlarms, wantedAlarms } from '../alarms/compute.ts'
import { alarmName, describeProblems, listCertificates } from '../alarms/condition.ts'
import { alarmRecordPath, formatAlarmRecord } from '../alarms/record.ts'
import { uniqueSinks } from '../alarms/sinks.ts'
import { clearAlarm, parseDelivery, raiseAlarm } from '../alarms/starlingx-fm.ts'
import type { HostActual, StandingAlarm } from '../model/actual.ts'
import { formatAddress } from '../model/address.ts'
import type { AlarmState } from '../model/change.ts'
import type { DesiredSink } from '../model/desired.ts'
import type { Difference } from '../model/difference.ts'
import type { AlarmTask, Undeliverable } from '../model/plan.ts'
import type { Outcome } from '../model/result.ts'
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
  if (host?.kind !== 'observed') return lost(task, host?.detail ?? 'not observed')
  if (host.alarmsUnreadable !== undefined) return lost(task, host.alarmsUnreadable)
  const condition = observeCondition(run, task.host, difference, new Date(run.at))
  const wanted = uniqueAlarms(task.alarms.flatMap((rules) => wantedAlarms(rules, condition)))
  const policies = task.alarms.map(({ policy }) => policy)
  const change = compareAlarms(policies, wanted, host, condition)
  return deliver(run, task, host, change)
}

function lost({ host }: AlarmTask, detail: string): AlarmOutcome {
  return { outcomes: [], standing: [], undeliverable: [{ host, sink: 'file', detail }] }
}

/** State, not events: what still differs counts as much as what failed in this run. */
function observeCondition(run: Run, host: string, difference: Difference, at: Date): Condition {
  const failures = run.failures.get(host) ?? { renewal: [], service: [] }
  const owed = difference.pairs.flatMap(({ pair, issue, placements }) =>
    placements
      .filter(({ placement }) => placement.host === host)
      .flatMap(({ files, reasons }) => {
        const pending = files.some(({ write }) => write !== 'nothing')
        const codes = [...(issue?.reasons ?? []), ...reasons].map(({ code }) => code)
        return pending ? [`${pair.name}: ${[...new Set(codes)].join(', ')}`] : []
      }),
  )
  const problems = describeProblems(host, difference)
  const services = difference.services.filter(({ service }) => service.host === host)
  const waiting = services.flatMap(({ service, reasons }) =>
    reasons.length > 0 ? [`${service.name}: ${reasons.map(({ message }) => message).join(', ')}`] : [],
  )
  return {
    host,
    certificates: listCertificates(host, difference, false),
    renewalFailures: firstOf(failures.renewal, problems, owed),
    serviceFailures: firstOf(failures.service, problems.length > 0 ? [] : waiting),
    proved: services.every(({ proved }) => proved),
    at,
  }
}

/** What failed explains best, then what stops the host; what merely still differs is told where nothing else is known. */
function firstOf(...causes: readonly (readonly string[])[]): readonly string[] {
  return causes.find((each) => each.length > 0) ?? []
}

async function deliver(
  run: Run,
  task: AlarmTask,
  host: HostActual,
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
function presentSinks(sinks: readonly DesiredSink[], host: HostActual, { id }: AlarmState): DesiredSink[] {
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
