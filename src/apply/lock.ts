// Before anything is looked at: the hosts of a run belong to it. What earlier runs left in the middle is settled then.
import { randomBytes } from 'node:crypto'
import pLimit from 'p-limit'
import { type Host, HostError } from '../model/host.ts'
import type { LockRequest, Recovery } from '../model/transaction.ts'

export type Locked =
  | {
      readonly kind: 'locked'
      readonly settled: readonly Settled[]
      /** Hosts that could not be reached, or whose lock could not be had. */
      readonly missed: readonly Missed[]
    }
  | { readonly kind: 'busy'; readonly host: string; readonly by: string }

/** What was found on a host, where anything was. */
export interface Settled {
  readonly host: string
  readonly recoveries: readonly Recovery[]
  /** Staged files that a killed run had left behind. */
  readonly swept: number
}

export interface Missed {
  readonly host: string
  readonly detail: string
  readonly unreachable: boolean
}

/** A run's name sorts by time and is unique. */
export function nameRun(now: Date): string {
  return `${now.toISOString().replaceAll(/[-:.]/g, '')}-${randomBytes(4).toString('hex')}`
}

/**
 * Many at once. A host that cannot be reached, or whose lock cannot be had, is passed over: what is to be done there
 * fails, and says why.
 */
export async function lockHosts(
  hosts: readonly Host[],
  request: LockRequest,
  forks: number,
): Promise<Locked> {
  const limit = pLimit(forks)
  const outcomes = await Promise.all(hosts.map((host) => limit(() => lockOne(host, request))))
  const busy = outcomes.find((outcome) => outcome.kind === 'busy')
  if (busy) return busy
  const locked = outcomes.filter((outcome) => outcome.kind === 'locked')
  const settled = locked.flatMap((outcome) => outcome.settled)
  return {
    kind: 'locked',
    settled: settled.filter(({ recoveries, swept }) => recoveries.length > 0 || swept > 0),
    missed: locked.flatMap(({ missed }) => missed),
  }
}

async function lockOne(host: Host, request: LockRequest): Promise<Locked> {
  try {
    const outcome = await host.lock(request)
    if (outcome.kind === 'busy') return { kind: 'busy', host: host.name, by: outcome.by }
    const { recoveries, swept } = outcome
    return { kind: 'locked', settled: [{ host: host.name, recoveries, swept }], missed: [] }
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    const { message: detail, unreachable } = error
    return { kind: 'locked', settled: [], missed: [{ host: host.name, detail, unreachable }] }
  }
}
