// Stage apply: walks a Plan, task by task, and says what became of every change.
// In: a Plan (nothing else says what to do) and the hosts. Out: a Result. May not: decide what to change.
import { randomBytes } from 'node:crypto'
import { HostError } from '../model/host.ts'
import type { InstallTask, Plan, ServiceTask, Task } from '../model/plan.ts'
import type { Outcome, Result } from '../model/result.ts'
import { type AlarmOutcome, applyAlarms } from './alarms.ts'
import type { ApplyContext, Observation, Run, TaskOutcome } from './context.ts'
import { applyInstall } from './install.ts'
import { applyIssue } from './issue.ts'
import { applyService } from './service.ts'
import { stampServices } from './stamps.ts'

export async function applyPlan(plan: Plan, context: ApplyContext): Promise<Result> {
  const run = startRun(plan, context)
  try {
    const outcomes = await walk(run, plan)
    const alarms = run.signal.aborted ? [] : await applyAllAlarms(run, plan)
    const all = [...outcomes, ...skipped(plan, outcomes), ...alarms.flatMap((each) => each.outcomes)]
    return {
      at: plan.at,
      outcomes: all,
      alarms: alarms.flatMap(({ standing }) => standing),
      undeliverable: [...plan.undeliverable, ...alarms.flatMap(({ undeliverable }) => undeliverable)],
      needsHuman: run.needsHuman.size > 0 || plan.problems.length > 0,
      unreachable: plan.unreachable.map(({ host }) => host),
    }
  } finally {
    await Promise.all(Object.values(run.hosts).map((host) => host.discard(run.id)))
    await run.progress.close()
  }
}

/** A run's name sorts by time and is unique. */
function startRun(plan: Plan, context: ApplyContext): Run {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
  return {
    ...context,
    at: plan.at,
    id: `${time}-${randomBytes(4).toString('hex')}`,
    issued: new Map(),
    failedPairs: new Map(),
    failures: new Map(),
    installed: new Map(),
    rolledBack: new Set(),
    needsHuman: new Set(),
  }
}

/** Everything but the alarms. A batch in which something failed is the last. */
async function walk(run: Run, plan: Plan): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let batch = 0
  for (const task of plan.tasks) {
    if (task.kind === 'alarms' || run.signal.aborted) continue
    if (task.batch > batch && run.failures.size > 0) break
    batch = task.batch
    run.progress.start(task)
    const found = (await applyTask(run, plan, task)).map((outcome) => withAction(plan, task, outcome))
    run.progress.finish(task, found)
    outcomes.push(...found)
  }
  return settleRollbacks(run, outcomes)
}

async function applyTask(
  run: Run,
  plan: Plan,
  task: Exclude<Task, { kind: 'alarms' }>,
): Promise<TaskOutcome[]> {
  if (task.kind === 'issue') return applyIssue(run, task)
  if (task.kind === 'install') return installWithStamps(run, plan, task)
  if (run.rolledBack.has(task.host)) return [skip(task, 'this host has been rolled back')]
  if (isUnchanged(run, plan, task)) return [skip(task, 'its files were not installed')]
  const earlier = plan.tasks.filter(
    (each): each is ServiceTask =>
      each.kind === 'service' && each.host === task.host && each.batch === task.batch,
  )
  return applyService(run, task, earlier.slice(0, earlier.indexOf(task)))
}

async function installWithStamps(run: Run, plan: Plan, task: InstallTask): Promise<TaskOutcome[]> {
  await stampServices(run, plan, task.host)
  return applyInstall(run, task)
}

/** A service is not told about files that never arrived; what it owes from before is owed all the same. */
function isUnchanged(run: Run, plan: Plan, task: ServiceTask): boolean {
  if (run.installed.has(task.host)) return false
  const change = plan.changes.find(({ address }) => address === task.address)
  return change === undefined || change.reasons.every(({ code }) => code === 'uses-changed')
}

function skip(task: ServiceTask, detail: string): TaskOutcome {
  return { address: task.address, host: task.host, status: 'skipped', detail }
}

function withAction(plan: Plan, task: Task, outcome: TaskOutcome): Outcome {
  const change = plan.changes.find(({ address }) => address === outcome.address)
  return { ...outcome, action: change?.action ?? (task.kind === 'service' ? 'verify' : 'update') }
}

/** What was installed on a host and then put back was not done. */
function settleRollbacks(run: Run, outcomes: readonly Outcome[]): Outcome[] {
  return outcomes.map((outcome) =>
    run.rolledBack.has(outcome.host) && outcome.status === 'done'
      ? { ...outcome, status: 'rolled-back', detail: 'a service failed; the old generation is back' }
      : outcome,
  )
}

/** Changes that no task came to. */
function skipped(plan: Plan, outcomes: readonly Outcome[]): Outcome[] {
  return plan.changes
    .filter(
      ({ kind, address }) => kind !== 'alarm' && !outcomes.some((outcome) => outcome.address === address),
    )
    .map(({ address, host, action }) => ({
      address,
      host,
      action,
      status: 'skipped',
      detail: 'not reached: an earlier task failed or the run was stopped',
    }))
}

async function applyAllAlarms(run: Run, plan: Plan): Promise<AlarmOutcome[]> {
  const tasks = plan.tasks.filter((task) => task.kind === 'alarms')
  if (tasks.length === 0) return []
  const observation: Observation = await run.observe()
  const results: AlarmOutcome[] = []
  for (const task of tasks) {
    run.progress.start(task)
    const result = await applyAlarms(run, task, observation).catch((error: unknown): AlarmOutcome => {
      if (!(error instanceof HostError)) throw error
      return {
        outcomes: [],
        standing: [],
        undeliverable: [{ host: task.host, sink: 'file', detail: error.message }],
      }
    })
    run.progress.finish(task, result.outcomes)
    results.push(result)
  }
  return results
}
