// Why a service is not told about its files, where it is not. Decides only.
import { formatAddress } from '../model/address.ts'
import type { Plan, ServiceTask } from '../model/plan.ts'
import type { Run } from './context.ts'

/** The service that failed, of those that come before this one, directly or by way of others. `unfit`: by address. */
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
  { failed, before }: { readonly failed: readonly string[]; readonly before: string | undefined },
): string | undefined {
  if (run.rolledBack.has(task.host)) return 'this host has been rolled back'
  if (isUnchanged(run, plan, task)) return 'its files were not installed'
  if (task.action === 'verify') return undefined
  const told = `not ${task.action === 'restart' ? 'restarted' : 'reloaded'}`
  if (failed.length > 0) return `${told}: it failed on ${failed.join(', ')}; still owed`
  if (before !== undefined) return `${told}: ${before}, which it comes after, failed; still owed`
  return undefined
}

/** A service is not told about files that never arrived; what it owes from before is owed all the same. */
function isUnchanged(run: Run, plan: Plan, task: ServiceTask): boolean {
  if (run.installed.has(task.host)) return false
  const change = plan.changes.find(({ address }) => address === task.address)
  return change === undefined || change.reasons.every(({ code }) => code === 'uses-changed')
}
