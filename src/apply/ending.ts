// When a batch is not finished, and others are not begun, because of what has failed. Decides only.
import type { PlannedBatch } from '../model/plan.ts'
import type { Ended, Run } from './context.ts'

/** A batch, and how often something had failed on its hosts before it was begun: in another play, maybe. */
export interface Going {
  readonly batch: PlannedBatch
  readonly before: ReadonlyMap<string, number>
}

export function begin(run: Run, batch: PlannedBatch): Going {
  return { batch, before: countFailures(run, batch) }
}

export function mayGoOn(run: Run, going: Going): boolean {
  const { onExcess, allowedFailures } = going.batch
  return !run.signal.aborted && (onExcess === 'finish' || findFailed(run, going).length <= allowedFailures)
}

/** The hosts of the batch on which something has failed since it was begun, or that have been lost. */
export function findFailed(run: Run, { batch, before }: Going): string[] {
  const now = countFailures(run, batch)
  return batch.hosts.filter((host) => run.lost.has(host) || (now.get(host) ?? 0) > (before.get(host) ?? 0))
}

function countFailures({ failures }: Run, { hosts }: PlannedBatch): Map<string, number> {
  const count = (host: string) => {
    const { renewal = [], service = [] } = failures.get(host) ?? {}
    return renewal.length + service.length
  }
  return new Map(hosts.map((host) => [host, count(host)]))
}

/** Why a batch is not begun; undefined: it is. What is pressing waits for no default of ours, but for what its play says itself. */
export function findEnd({ ended }: Pick<Run, 'ended'>, { play, pressing }: PlannedBatch): Ended | undefined {
  return ended.find(
    ({ batch }) =>
      batch.ends === 'run' || (play === batch.play && !(pressing && batch.onExcess === 'finish')),
  )
}
