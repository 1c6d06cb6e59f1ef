// The order of work: batch by batch; in a batch all certificates are issued, then installed, then services follow host by host.
// In: a Plan without its alarms. Out: an Outcome for everything that was reached.
import pLimit from 'p-limit'
import type {
  InstallTask,
  IssueTask,
  Plan,
  PlannedBatch,
  RestoreTask,
  ServiceTask,
  Task,
} from '../model/plan.ts'
import type { Outcome } from '../model/result.ts'
import { tellAllAtOnce } from './at-once.ts'
import { type Run, requireHost } from './context.ts'
import { begin, findEnd, findFailed, type Going, mayGoOn } from './ending.ts'
import { installFiles, type PreparedInstall, prepareInstall } from './install.ts'
import { applyIssue } from './issue.ts'
import { applyRestore } from './restore.ts'
import { applyService } from './service.ts'
import { settle } from './settle.ts'
import { findBefore, findElsewhere, reasonToSkip, skip } from './skip.ts'
import { stampServices } from './stamps.ts'
import { noteBegun } from './tell.ts'

export async function walk(run: Run, plan: Plan): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const batch of plan.batches) {
    if (run.signal.aborted || findEnd(run, batch)) continue
    const going = begin(run, batch)
    const due = plan.tasks.filter((task) => task.batch === batch.number)
    outcomes.push(...(await issueAll(run, plan, due.filter(isIssue))))
    if (mayGoOn(run, going)) outcomes.push(...(await installAll(run, plan, due.filter(isInstall), batch)))
    for (const task of due.filter(isRestore)) outcomes.push(...(await restore(run, plan, task)))
    const services = due.filter(isService)
    if (mayGoOn(run, going))
      outcomes.push(
        ...(batch.atOnce
          ? await tellAllAtOnce(run, plan, services, batch.atOnce)
          : await followServices(run, plan, going, services)),
      )
    const failed = findFailed(run, going)
    if (failed.length > batch.allowedFailures) run.ended.push({ batch, failed })
  }
  return outcomes
}

function isIssue(task: Task): task is IssueTask {
  return task.kind === 'issue'
}

function isInstall(task: Task): task is InstallTask {
  return task.kind === 'install'
}

function isRestore(task: Task): task is RestoreTask {
  return task.kind === 'restore'
}

function isService(task: Task): task is ServiceTask {
  return task.kind === 'service'
}

/** Many at once; an authority before what it signs. */
async function issueAll(run: Run, plan: Plan, tasks: readonly IssueTask[]): Promise<Outcome[]> {
  const limit = pLimit(run.forks)
  const begun = new Map<string, Promise<unknown>>()
  run.progress.begin(tasks)
  const results = tasks.map((task) => {
    // Those it waits for were begun before it, so that the limit cannot lock them out.
    const signer = task.signer.by === 'planned' ? begun.get(task.signer.pair) : undefined
    const result = limit(async () => {
      await signer
      return settle(run, plan, task, () => applyIssue(run, task))
    })
    begun.set(task.pair, result)
    return result
  })
  return (await Promise.all(results)).flat()
}

/**
 * Keys that other hosts copy are installed where they were born first: no copy is ever ahead of its original. Without an
 * overlap, this goes for authorities alone, whose copies may be without the key: a copy of a leaf is as good as the original.
 */
async function installAll(
  run: Run,
  plan: Plan,
  tasks: readonly InstallTask[],
  { atOnce }: PlannedBatch,
): Promise<Outcome[]> {
  // From the first of them to the last, those who have it and those who do not refuse each other.
  const width = atOnce ? Math.max(run.forks, tasks.length) : run.forks
  const shared = plan.tasks
    .filter(isIssue)
    .filter(({ addresses, profile }) => addresses.length > 1 && (!atOnce || profile.basicConstraints.ca))
  const isBirthplace = ({ host }: InstallTask) => shared.some((each) => each.host === host)
  const first = tasks.filter(isBirthplace)
  const rest = tasks.filter((task) => !isBirthplace(task))
  return [
    ...(await installTogether(run, plan, first, width)),
    ...(await installTogether(run, plan, rest, width)),
  ]
}

/** Everything is read before anything is written: a staged key is where it was until all who need it have it. */
async function installTogether(
  run: Run,
  plan: Plan,
  tasks: readonly InstallTask[],
  width: number,
): Promise<Outcome[]> {
  const limit = pLimit(width)
  if (tasks.length === 0 || run.signal.aborted) return []
  run.progress.begin(tasks)
  const prepared = await Promise.all(
    tasks.map((task) => limit(async () => [task, await prepareInstall(run, task)] as const)),
  )
  const install = async (task: InstallTask, ready: PreparedInstall) => {
    if (ready.kind === 'ready') await stampServices(run, plan, task.host)
    return installFiles(run, task, ready)
  }
  const results = prepared.map(([task, ready]) =>
    limit(() => settle(run, plan, task, () => install(task, ready))),
  )
  return (await Promise.all(results)).flat()
}

/** The old files look as old as they are: that they have yet to be taken up is written down before they come. */
async function restore(run: Run, plan: Plan, task: RestoreTask): Promise<Outcome[]> {
  run.progress.begin([task])
  return settle(run, plan, task, async () => {
    await stampServices(run, plan, task.host)
    for (const service of plan.tasks.filter(isService))
      if (service.host === task.host && service.action !== 'verify')
        await noteBegun(requireHost(run, task.host), service, service.action)
    return applyRestore(run, task)
  })
}

/** One after the other, each proved before the next; where one fails, none like it is told beyond what the play allows. */
async function followServices(
  run: Run,
  plan: Plan,
  going: Going,
  tasks: readonly ServiceTask[],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const failed: ServiceTask[] = []
  const unfit = new Map<string, string>()
  for (const task of tasks) {
    if (!mayGoOn(run, going)) break
    const neighbours = tasks.filter(({ host }) => host === task.host)
    const causes = {
      failed: findElsewhere(task, failed, going.batch.allowedFailures),
      before: findBefore(task, unfit),
    }
    const detail = reasonToSkip(run, plan, task, causes)
    run.progress.begin([task])
    const work = async () =>
      detail === undefined ? applyService(run, task, neighbours) : [skip(task, detail)]
    const found = await settle(run, plan, task, work)
    // Whether a host that is lost has come back with its new files is not known.
    if (found.some(({ status }) => status === 'failed' || status === 'lost')) failed.push(task)
    if (failed.includes(task)) unfit.set(task.address, `${task.name}, which failed`)
    else if (causes.failed.length > 0) unfit.set(task.address, `${task.name}, which waits`)
    else if (causes.before !== undefined) unfit.set(task.address, causes.before)
    outcomes.push(...found)
  }
  return outcomes
}
