// How a failure left each host: put back, never touched, or kept as installed. Decides only.
import type { Plan } from '../model/plan.ts'
import type { FailedHost, Outcome } from '../model/result.ts'
import type { Run } from './context.ts'
import { isMoot } from './skip.ts'

type Left = Pick<Run, 'putBack' | 'standing' | 'lost' | 'kept'>

/** Of the hosts on which something failed; those that were lost are told as unreachable, because nobody knows. */
export function findAftermath(run: Left, plan: Plan, outcomes: readonly Outcome[]): FailedHost[] {
  const hosts = outcomes.flatMap(({ host, status }) =>
    (status === 'failed' || status === 'rolled-back') && !run.lost.has(host) ? [host] : [],
  )
  return [...new Set(hosts)].map((host) => {
    const own = outcomes.filter((each) => each.host === host)
    const files = findFiles(run, host, own)
    const why = files === 'kept' ? run.kept.get(host) : undefined
    return { host, files, owed: findOwed(run, plan, own), ...(why === undefined ? {} : { why }) }
  })
}

/** Where some of it was put back and some could not be, what stays is what has to be told. */
function findFiles(
  { putBack, standing, kept }: Left,
  host: string,
  own: readonly Outcome[],
): FailedHost['files'] {
  if (kept.has(host)) return 'kept'
  if (own.some(({ address }) => putBack.has(address))) return 'put-back'
  return own.some(({ address }) => standing.has(address)) ? 'kept' : 'untouched'
}

/** Services that have still to be told; where the old files are back, or no new ones came, only what was owed before is. */
function findOwed(run: Left, plan: Plan, own: readonly Outcome[]): string[] {
  const left = new Set(
    own.filter(({ status }) => status === 'failed' || status === 'skipped').map(({ address }) => address),
  )
  return plan.tasks.flatMap((task) =>
    task.kind === 'service' && task.action !== 'verify' && left.has(task.address) && !isMoot(run, plan, task)
      ? [task.address]
      : [],
  )
}
