// What a run says in the audit log: every change before it is begun, and what became of it when its task has ended.
// In: a Plan and Outcomes. Out: events. A run that cannot write them down stops, as if it had been interrupted.
import type { AuditEvent, AuditPair } from '../model/audit.ts'
import type { Change } from '../model/change.ts'
import type { IssueTask, Plan, Task } from '../model/plan.ts'
import type { Outcome } from '../model/result.ts'
import { asHostError } from '../model/unexpected.ts'
import type { Run } from './context.ts'

/** Before anything is touched. */
export async function recordPlanned(run: Run, plan: Plan): Promise<void> {
  const events = plan.changes.map((change) => describe(run, plan, change, 'planned', ''))
  await write(run, events)
}

/** After a task. That it was issued is told even where nothing came of it: an authority has signed. */
export async function recordTask(
  run: Run,
  plan: Plan,
  task: Task,
  outcomes: readonly Outcome[],
): Promise<void> {
  const issued = task.kind === 'issue' && run.issued.has(task.pair) ? [describeIssue(run, plan, task)] : []
  await write(run, [...issued, ...describeOutcomes(run, plan, outcomes)])
}

export async function recordOutcomes(run: Run, plan: Plan, outcomes: readonly Outcome[]): Promise<void> {
  await write(run, describeOutcomes(run, plan, outcomes))
}

async function write(run: Run, events: readonly AuditEvent[]): Promise<void> {
  if (events.length === 0 || run.halt.signal.aborted) return
  try {
    await run.record(events)
  } catch (error) {
    run.halt.abort(asHostError(error).message)
  }
}

/** A proof that is found where nothing was changed is no event. */
function describeOutcomes(run: Run, plan: Plan, outcomes: readonly Outcome[]): AuditEvent[] {
  return outcomes
    .filter(({ action, status }) => action !== 'verify' || status !== 'done')
    .map(({ address, host, action, status, detail }) => {
      const change = plan.changes.find((each) => each.address === address && each.action === action)
      const known = change ?? { address, host, action, paths: [], reasons: [], before: null, after: null }
      return describe(run, plan, known, status, detail)
    })
}

type Described = Pick<Change, 'address' | 'host' | 'paths' | 'reasons' | 'before' | 'after'> &
  Pick<AuditEvent, 'action'>

function describe(
  run: Run,
  plan: Plan,
  { address, host, action, paths, reasons, before, after }: Described,
  outcome: AuditEvent['outcome'],
  detail: string,
): AuditEvent {
  return {
    kind: 'change',
    run: run.runId,
    at: plan.at,
    host,
    address,
    action,
    paths,
    old: asPair(before),
    new: findIssued(run, plan, address) ?? asPair(after),
    reasons: [...new Set(reasons.map(({ code }) => code))],
    outcome,
    detail,
  }
}

function describeIssue(run: Run, plan: Plan, task: IssueTask): AuditEvent {
  const own = plan.changes.filter(({ address }) => task.addresses.includes(address))
  const change = own.find(({ host }) => host === task.host) ?? own[0]
  const [address = `${task.host}/${task.pair}`] = task.addresses
  const known = change ?? { address, host: task.host, reasons: [], before: null, after: null }
  const { signer } = task
  const detail = signer.by === 'itself' ? 'signed by itself' : `signed by ${signer.pair}`
  const event = describe(run, plan, { ...known, action: 'issue', paths: [] }, 'done', detail)
  const machine = run.machines[known.host]
  return { ...event, due: task.due, ...(machine === undefined ? {} : { machine }) }
}

function findIssued(run: Run, plan: Plan, address: string): AuditPair | undefined {
  const task = plan.tasks.find((each) => each.kind === 'issue' && each.addresses.includes(address))
  const issued = task?.kind === 'issue' ? run.issued.get(task.pair) : undefined
  return issued && { ...issued.certificate, spkiSha256: issued.key.spkiSha256 }
}

function asPair(state: Change['before']): AuditPair | null {
  if (!state || 'repair' in state) return null
  const { fingerprint, serial, key } = state
  return { fingerprint, serial, spkiSha256: key?.spkiSha256 ?? null }
}
