// Stage apply: walks a Plan, task by task, and says what became of every change.
// In: a Plan (nothing else says what to do) and the hosts. Out: a Result. May not: decide what to change.
import pLimit from 'p-limit'
import { type Address, parseAddress } from '../model/address.ts'
import { needsHuman } from '../model/change.ts'
import type { AlarmTask, Plan } from '../model/plan.ts'
import type { Outcome, Result } from '../model/result.ts'
import { findAftermath } from './aftermath.ts'
import { type AlarmOutcome, applyAlarms } from './alarms.ts'
import { type ApplyContext, noteWaiting, type Observation, type Run, refusal } from './context.ts'
import { findEnd } from './ending.ts'
import { recordOutcomes, recordPlanned, recordTask } from './record.ts'
import { isMoot } from './skip.ts'
import { walk } from './walk.ts'

export async function applyPlan(plan: Plan, context: ApplyContext): Promise<Result> {
  const run = startRun(plan, context)
  try {
    await recordPlanned(run, plan)
    const walked = await walk(run, plan)
    const outcomes = settleRollbacks(run, walked)
    const left = skipped(run, plan, outcomes)
    await recordOutcomes(run, plan, [...outcomes.filter((each) => !walked.includes(each)), ...left])
    noteAllWaiting(run, plan, [...outcomes, ...left])
    const alarms = run.signal.aborted ? [] : await applyAllAlarms(run, plan)
    return {
      at: plan.at,
      outcomes: [...outcomes, ...left, ...alarms.flatMap((each) => each.outcomes)],
      ...describeHalt(run),
      failed: findAftermath(run, plan, [...outcomes, ...left]),
      alarms: alarms.flatMap(({ standing }) => standing),
      undeliverable: [...plan.undeliverable, ...alarms.flatMap(({ undeliverable }) => undeliverable)],
      needsHuman: run.halt.signal.aborted || run.needsHuman.size > 0 || plan.problems.some(needsHuman),
      unreachable: [...new Set([...namesOf(plan.unreachable.filter(isAway)), ...run.lost])],
      held: namesOf(plan.unreachable.filter((each) => !isAway(each))),
    }
  } finally {
    await Promise.all(Object.values(run.hosts).map((host) => host.discard()))
    await run.progress.close()
  }
}

function isAway({ why }: Plan['unreachable'][number]): boolean {
  return why !== 'held'
}

function namesOf(hosts: Plan['unreachable']): string[] {
  return hosts.map(({ host }) => host)
}

function startRun(plan: Plan, context: ApplyContext): Run {
  const halt = new AbortController()
  return {
    ...context,
    signal: AbortSignal.any([context.signal, halt.signal]),
    halt,
    at: plan.at,
    issued: new Map(),
    placed: new Set(),
    failedPairs: new Map(),
    ended: [],
    failures: new Map(),
    waiting: new Map(),
    installed: new Map(),
    told: new Map(),
    putBack: new Set(),
    standing: new Map(),
    lost: new Set(),
    kept: new Map(),
    needsHuman: new Set(),
  }
}

/** What was installed and then put back was not done. */
function settleRollbacks(run: Run, outcomes: readonly Outcome[]): Outcome[] {
  return outcomes.map((outcome) =>
    run.putBack.has(outcome.address) && outcome.status === 'done'
      ? { ...outcome, status: 'rolled-back', detail: 'a service failed; what was there before is back' }
      : outcome,
  )
}

/** Changes that no task came to. */
function skipped(run: Run, plan: Plan, outcomes: readonly Outcome[]): Outcome[] {
  const { stopped } = describeHalt(run)
  return plan.changes
    .filter(
      ({ kind, address }) => kind !== 'alarm' && !outcomes.some((outcome) => outcome.address === address),
    )
    .map(({ address, host, action }) => ({
      address,
      host,
      action,
      status: 'skipped',
      detail: `not reached: ${stopped ?? describeEnd(run, plan, address)}`,
    }))
}

/** What waits is told by its host's alarm together with what it waits for. */
function noteAllWaiting(run: Run, plan: Plan, outcomes: readonly Outcome[]): void {
  for (const { address, host, status, detail } of outcomes) {
    if (status !== 'skipped') continue
    const task = plan.tasks.find((each) => each.kind === 'service' && each.address === address)
    if (task?.kind === 'service' && isMoot(run, plan, task)) continue
    const cause = `${parseAddress(address).name}: ${detail}`
    noteWaiting(run, host, task ? 'service' : 'renewal', cause)
  }
}

function describeEnd(run: Run, plan: Plan, address: Address): string {
  const task = plan.tasks.find((each) =>
    'addresses' in each ? each.addresses.includes(address) : 'address' in each && each.address === address,
  )
  const batch = plan.batches.find(({ number }) => number === task?.batch)
  const end = batch && findEnd(run, batch)
  return end ? `${end.failed.join(', ')} failed, and the play ends with that batch` : 'the run was stopped'
}

function describeHalt({ halt }: Run): Pick<Result, 'stopped'> {
  return halt.signal.aborted ? { stopped: String(halt.signal.reason) } : {}
}

function undelivered(run: Run, { host }: AlarmTask, error: unknown): AlarmOutcome {
  const undeliverable = [{ host, sink: 'file', detail: refusal(run, host, error) }]
  return { outcomes: [], standing: [], undeliverable }
}

async function applyAllAlarms(run: Run, plan: Plan): Promise<AlarmOutcome[]> {
  const tasks = plan.tasks.filter((task) => task.kind === 'alarms')
  if (tasks.length === 0) return []
  const observation: Observation = await run.observe()
  const limit = pLimit(run.forks)
  run.progress.begin(tasks)
  return Promise.all(
    tasks.map((task) =>
      limit(async () => {
        const result = await applyAlarms(run, task, observation).catch((error: unknown) =>
          undelivered(run, task, error),
        )
        await recordTask(run, plan, task, result.outcomes)
        run.progress.finish(task, result.outcomes)
        return result
      }),
    ),
  )
}
