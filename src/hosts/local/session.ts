// What one run has of this machine: the lock, and with it the right to change anything.
import { join } from 'node:path'
import { HostError } from '../../model/host.ts'
import type { InstallOutcome, LockOutcome, LockRequest } from '../../model/transaction.ts'
import { lockHost } from './lock.ts'
import { recoverGenerations } from './recover.ts'
import { openStaging, type Staging, sweep } from './stage.ts'

export interface HostSession {
  readonly lock: (request: LockRequest) => Promise<LockOutcome>
  /** Throws HostError without the lock. */
  readonly staging: () => Staging
  /** Does something only with the lock, and only when nothing half done stands there. */
  readonly change: (work: () => Promise<InstallOutcome>) => Promise<InstallOutcome>
  readonly discard: () => Promise<void>
  readonly close: () => Promise<void>
}

export function openSession(state: string): HostSession {
  let release: (() => Promise<void>) | undefined
  let staging: Staging | undefined
  let refusal = 'this run does not hold the lock of the host'
  const lock = async (request: LockRequest): Promise<LockOutcome> => {
    const taken = await lockHost(state, request)
    if (taken.kind === 'busy') return taken
    if (taken.kind === 'failed') {
      refusal = `the lock of the host cannot be taken: ${taken.detail}`
      throw new HostError(refusal)
    }
    release = taken.release
    staging = openStaging(state, request.run)
    if (taken.shared) return { kind: 'locked', recoveries: [], swept: 0 }
    const recoveries = await recoverGenerations(join(state, 'generations'))
    const failed = recoveries.find(({ outcome }) => outcome === 'failed')
    if (!failed) return { kind: 'locked', recoveries, swept: await sweep(state) }
    staging = undefined
    refusal = `an earlier run stopped in the middle of ${failed.id}: ${failed.detail}`
    return { kind: 'locked', recoveries, swept: 0 }
  }
  return {
    lock,
    staging: () => {
      if (staging) return staging
      throw new HostError(refusal)
    },
    change: async (work) => (staging ? work() : { kind: 'stuck', detail: refusal }),
    discard: async () => staging?.discard(),
    close: async () => {
      await release?.()
      release = undefined
      staging = undefined
    },
  }
}
