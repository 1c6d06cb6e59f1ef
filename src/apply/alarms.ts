// Task kind alarms: the alarms of one host, computed from what is observed after everything else, and delivered.
// In: an AlarmTask and a second look at the hosts. Out: raised and cleared alarms, the record of those that stand.
import { compareAlarms, isOwn, type KnownAlarms } from '../alarms/compute.ts'
import { type Condition, findCondition } from '../alarms/condition.ts'
import { alarmRecordPath, parseAlarmRecord } from '../alarms/record.ts'
import { uniqueAlarms, wantedAlarms } from '../alarms/wanted.ts'
import type { AlarmState } from '../model/change.ts'
import type { Difference } from '../model/difference.ts'
import { nothing, type TextFact } from '../model/host.ts'
import type { AlarmTask, Undeliverable } from '../model/plan.ts'
import type { Outcome } from '../model/result.ts'
import { type Observation, type Run, requireHost } from './context.ts'
import { deliver } from './deliver.ts'

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
  const owed = owing.flatMap(({ pair, cause }) =>
    run.issued.has(pair) && !run.failedPairs.has(pair) ? [cause] : [],
  )
  const failures = { renewal: [...renewal, ...owed], service }
  const waiting = run.waiting.get(host) ?? { renewal: [], service: [] }
  return findCondition({ host, difference, at: new Date(run.at), view: 'left', failures, waiting })
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
    authorities: [],
    failures: { renewal: [detail], service: [] },
    consequences: { renewal: [], service: [] },
    proved: false,
    behind: [],
    seen: false,
    at: new Date(run.at),
  }
  return settle(run, task, { alarms: record.alarms, sinks: [] }, condition)
}

function readRecord(text: TextFact | undefined): ReturnType<typeof parseAlarmRecord> {
  if (!text) return { kind: 'record', alarms: [] }
  return text.kind === 'text' ? parseAlarmRecord(text.text) : { kind: 'unreadable', detail: text.detail }
}

async function settle(
  run: Run,
  task: AlarmTask,
  known: KnownAlarms,
  condition: Condition,
): Promise<AlarmOutcome> {
  const { standing, ...outcome } = await deliver(
    run,
    task,
    known,
    compareAlarms(task.alarms, known, condition),
  )
  const untold = task.alarms.flatMap((rules) => (rules.raised ? [] : wantedAlarms(rules, condition)))
  const own = standing.filter((alarm) => isOwn(task.alarms, alarm))
  return { ...outcome, standing: uniqueAlarms([...untold, ...own]) }
}
