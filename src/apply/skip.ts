// Why a service is not told about its files, where it is not. Decides only.
import { formatAddress, withoutHost } from '../model/address.ts'
import type { Plan, ServiceTask } from '../model/plan.ts'
import type { Run, TaskOutcome } from './context.ts'

/**
 * The tasks that failed on other hosts and speak against this one: of the same service, or of one whose files belong
 * together with those of this one (an authority and what it signs). None, while the play allows that many hosts to fail,
 * nor where what the service has expires before long: it cannot get worse than that.
 */
export function findElsewhere(
  task: ServiceTask,
  failed: readonly ServiceTask[],
  allowedFailures: number,
): ServiceTask[] {
  if (task.pressing) return []
  const alike = failed.filter((each) => each.host !== task.host && isAlike(each, task))
  return new Set(alike.map(({ host }) => host)).size > allowedFailures ? alike : []
}

function isAlike(one: ServiceTask, other: ServiceTask): boolean {
  const names = new Set(one.goesBack.map(withoutHost))
  return one.name === other.name || other.goesBack.some((address) => names.has(withoutHost(address)))
}

/** `store, which failed`: of the services that come before this one, directly or by way of others. `unfit`: those, by address. */
export function findBefore(
  { host, after }: ServiceTask,
  unfit: ReadonlyMap<string, string>,
): string | undefined {
  return after
    .map((name) => unfit.get(formatAddress(host, 'service', name)))
    .find((name) => name !== undefined)
}

export function reasonToSkip(
  run: Run,
  plan: Plan,
  task: ServiceTask,
  { failed, before }: { readonly failed: readonly ServiceTask[]; readonly before: string | undefined },
): string | undefined {
  if (run.putBack.has(task.address)) return 'its files have been put back'
  if (isMoot(run, plan, task)) return 'its files were not installed'
  if (task.action === 'verify') return undefined
  const told = `not ${task.action === 'restart' ? 'restarted' : 'reloaded'}`
  if (failed.length > 0)
    return `${told}: ${failed.map(({ name, host }) => `${name} failed on ${host}`).join(', ')}; still owed`
  if (before !== undefined) return `${told}: it comes after ${before}; still owed`
  return undefined
}

export function skip({ address, host }: ServiceTask, detail: string): TaskOutcome {
  return { address, host, status: 'skipped', detail }
}

/**
 * Whether there is nothing for the service to take up: its files never came, or have been put back. What it owes from
 * before is owed all the same.
 */
export function isMoot(run: Pick<Run, 'putBack' | 'standing'>, plan: Plan, task: ServiceTask): boolean {
  if (run.putBack.has(task.address)) return true
  if (task.goesBack.some((address) => run.standing.has(address))) return false
  // It is proved for its own sake, whatever becomes of the files.
  if (task.action === 'verify' && task.goesBack.length === 0) return false
  const change = plan.changes.find(({ address }) => address === task.address)
  return change === undefined || change.reasons.every(({ code }) => code === 'uses-changed')
}
