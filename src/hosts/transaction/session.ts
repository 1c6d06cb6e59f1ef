// What one run has of a host: its lock, and with it the right to change anything.
import { randomBytes } from 'node:crypto'
import { HostError } from '../../model/host.ts'
import type { InstallOutcome, LockOutcome, LockRequest } from '../../model/transaction.ts'
import type { Disk, StoredList } from './disk.ts'
import { nameRooms, type RoomNames } from './rooms.ts'
import { recoverAll, sweep } from './transactions.ts'

/** What changes the host. */
export interface Writing {
  readonly disk: Disk
  readonly names: RoomNames
}

export interface Session<W extends Writing> {
  readonly lock: (request: LockRequest) => Promise<LockOutcome>
  /** What an earlier run left, and this one could not settle. */
  readonly stuck: () => { readonly stuck?: string }
  /** Throws HostError without the lock. */
  readonly writing: () => W
  /** Does something only with the lock, and only when nothing half done stands there. */
  readonly change: (work: (writing: W) => Promise<InstallOutcome>) => Promise<InstallOutcome>
  /** Takes away what this run staged and did not install. */
  readonly discard: () => Promise<void>
  readonly close: () => Promise<void>
}

/** What of it each kind of host does in its own way. */
export interface Grip<W extends Writing> {
  readonly take: (request: LockRequest) => Promise<Taken<W>>
  /** Half-written files of certwright's own go; how many there were. */
  readonly sweepStrays: () => Promise<number>
  /** Where this run wrote down what it made; none if it made nothing. */
  readonly readOwnList: (writing: W) => Promise<readonly StoredList[]>
  readonly release: () => Promise<void>
}

export type Taken<W> =
  | {
      readonly kind: 'taken'
      readonly writing: W
      /** By this run already, under another name of the machine: everything is settled there. */
      readonly shared: boolean
      /** Whether a transaction may be under way there that nobody ended. */
      readonly pending: boolean
      /** Where earlier runs wrote down what they made. */
      readonly lists: readonly StoredList[]
    }
  | { readonly kind: 'busy'; readonly by: string }
  | { readonly kind: 'failed'; readonly detail: string }

const notHeld = 'this run does not hold the lock of the host'

function explainRefusal(detail: string): string {
  return `the lock of the host cannot be taken: ${detail}`
}

export function openSession<W extends Writing>(grip: Grip<W>): Session<W> {
  let refusal = notHeld
  let stuck: string | undefined
  let writing: W | undefined
  const lock = async (request: LockRequest): Promise<LockOutcome> => {
    refusal = notHeld
    stuck = undefined
    writing = undefined
    const taken = await grip.take(request).catch((error: unknown) => {
      if (error instanceof HostError) refusal = explainRefusal(error.message)
      throw error
    })
    if (taken.kind === 'busy') return taken
    if (taken.kind === 'failed') {
      refusal = explainRefusal(taken.detail)
      throw new HostError(refusal)
    }
    if (taken.shared) {
      writing = taken.writing
      return { kind: 'locked', recoveries: [], swept: 0 }
    }
    const { disk, names } = taken.writing
    const recoveries = taken.pending ? await recoverAll(disk, names) : []
    const failed = recoveries.find(({ outcome }) => outcome === 'failed')
    if (failed) {
      stuck = `an earlier run stopped in the middle of ${failed.id}: ${failed.detail}`
      refusal = stuck
      return { kind: 'locked', recoveries, swept: 0 }
    }
    const swept = (await sweep(disk, taken.lists)) + (await grip.sweepStrays())
    writing = taken.writing
    return { kind: 'locked', recoveries, swept }
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
      const { disk } = writing
      await grip
        .readOwnList(writing)
        .then((lists) => sweep(disk, lists))
        .catch(() => undefined)
    },
    close: async () => {
      writing = undefined
      refusal = notHeld
      await grip.release()
    },
  }
}

/** The names that one run uses on a host, and the list that it writes them down in. */
export function nameWork(state: string, run: string): { readonly names: RoomNames; readonly list: string } {
  const token = randomBytes(8).toString('hex')
  return { names: nameRooms(token), list: `${state}/staged/${run}-${token}` }
}
