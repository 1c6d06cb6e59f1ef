// What one run has of this machine: the lock, and with it the right to change anything.
import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HostError } from '../../model/host.ts'
import type { InstallOutcome, LockOutcome, LockRequest } from '../../model/transaction.ts'
import type { Disk } from '../transaction/disk.ts'
import { nameRooms, type RoomNames } from '../transaction/rooms.ts'
import { recoverAll, sweep } from '../transaction/transactions.ts'
import { openDisk, readLists, sweepStrays } from './disk.ts'
import { lockHost } from './lock.ts'
import { findTop, whoWorks } from './look.ts'

/** What changes the machine. */
export interface Writing {
  readonly disk: Disk
  readonly names: RoomNames
}

export interface HostSession {
  readonly lock: (request: LockRequest) => Promise<LockOutcome>
  /** What an earlier run left, and this one could not settle. */
  readonly stuck: () => { readonly stuck?: string }
  /** Throws HostError without the lock. */
  readonly writing: () => Writing
  /** Does something only with the lock, and only when nothing half done stands there. */
  readonly change: (work: (writing: Writing) => Promise<InstallOutcome>) => Promise<InstallOutcome>
  readonly discard: () => Promise<void>
  readonly close: () => Promise<void>
}

const notHeld = 'this run does not hold the lock of the host'

export function openSession(root: string | undefined, state: string): HostSession {
  let release: (() => Promise<void>) | undefined
  let writing: (Writing & { readonly list: string }) | undefined
  let refusal = notHeld
  let stuck: string | undefined
  const lock = async (request: LockRequest): Promise<LockOutcome> => {
    refusal = notHeld
    stuck = undefined
    const strange = await findStrangeState(state)
    const taken = strange ? ({ kind: 'failed', detail: strange } as const) : await lockHost(state, request)
    if (taken.kind === 'busy') return taken
    if (taken.kind === 'failed') {
      refusal = `the lock of the host cannot be taken: ${taken.detail}`
      throw new HostError(refusal)
    }
    release = taken.release
    const token = randomBytes(8).toString('hex')
    const list = join(state, 'staged', `${request.run}-${token}`)
    const own = { list, disk: openDisk(await findTop(root), state, list), names: nameRooms(token) }
    if (!taken.shared) {
      const recoveries = await recoverAll(own.disk, own.names)
      const failed = recoveries.find(({ outcome }) => outcome === 'failed')
      if (failed) {
        stuck = `an earlier run stopped in the middle of ${failed.id}: ${failed.detail}`
        refusal = stuck
        return { kind: 'locked', recoveries, swept: 0 }
      }
      const swept = (await sweep(own.disk, await readLists(state))) + (await sweepStrays(state))
      writing = own
      return { kind: 'locked', recoveries, swept }
    }
    writing = own
    return { kind: 'locked', recoveries: [], swept: 0 }
  }
  return {
    lock,
    stuck: () => (stuck === undefined ? {} : { stuck }),
    writing: () => {
      if (writing) return writing
      throw new HostError(refusal)
    },
    change: async (work) => (writing ? work(writing) : { kind: 'stuck', detail: refusal }),
    discard: async () => {
      if (!writing) return
      const { disk, list } = writing
      await sweep(
        disk,
        (await readLists(state)).filter(({ path }) => path === list),
      ).catch(() => undefined)
    },
    close: async () => {
      await release?.()
      release = undefined
      writing = undefined
    },
  }
}

/** What is kept there is believed, and written by us alone: nobody else may have his hands in it. */
export async function findStrangeState(state: string): Promise<string | undefined> {
  const found = await stat(state).catch(() => undefined)
  if (!found) return undefined
  const { uid } = whoWorks()
  if (!found.isDirectory()) return `${state} is no folder`
  if (found.uid !== uid && found.uid !== 0) return `${state} belongs to another user (number ${found.uid})`
  return (found.mode & 0o022) === 0 ? undefined : `others may write to ${state}: chmod 700 ${state}`
}
