// What of an installation is lost to this run, and what waits for that. Decides only.
import { type Address, withoutHost } from '../model/address.ts'
import type { InstallTask } from '../model/plan.ts'
import type { Run, TaskOutcome } from './context.ts'

export interface Loss {
  /** Completes "certificate a …". */
  readonly why: string
  /** Absent: whoever was to issue it has told. */
  readonly told?: Pick<TaskOutcome, 'status' | 'detail'>
}

/** What could not be issued, and what has been put back where it was made: its key is not to be had any more. */
export function findLost(run: Pick<Run, 'issued' | 'failedPairs'>, task: InstallTask): Map<Address, Loss> {
  const lost = new Map<Address, Loss>()
  for (const { address, content } of task.files) {
    if (content.from !== 'issued') continue
    const cause = run.failedPairs.get(content.pair)
    if (cause !== undefined && run.issued.has(content.pair))
      lost.set(address, { why: `is left alone: ${cause}`, told: { status: 'skipped', detail: cause } })
    else if (!run.issued.has(content.pair)) lost.set(address, { why: 'could not be issued' })
  }
  return lost
}

/** An authority and what it signs and is there already go in together, or not at all; what is new there keeps nobody waiting. */
export function addWaiting(lost: Map<Address, Loss>, { together }: InstallTask): void {
  for (const { addresses, there } of together) {
    const [first] = there.filter((address) => lost.has(address))
    if (first === undefined) continue
    const detail = `waits: ${withoutHost(first)}, which belongs together with it, ${lost.get(first)?.why}`
    for (const address of addresses)
      if (!lost.has(address)) lost.set(address, { why: detail, told: { status: 'skipped', detail } })
  }
}

export function tellLost(host: string, lost: ReadonlyMap<Address, Loss>): TaskOutcome[] {
  return [...lost].flatMap(([address, { told }]) => (told ? [{ address, host, ...told }] : []))
}
