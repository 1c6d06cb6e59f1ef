// The lock of a remote host: held by the shell that this run talks to, and gone with it.
import { randomBytes } from 'node:crypto'
import { HostError } from '../../model/host.ts'
import type { InstallOutcome, LockOutcome, LockRequest } from '../../model/transaction.ts'
import type { Disk, StoredList } from '../transaction/disk.ts'
import { nameRooms, type RoomNames } from '../transaction/rooms.ts'
import { recoverAll, sweep } from '../transaction/transactions.ts'
import type { Connection, Records } from './connection.ts'
import { openDisk } from './disk.ts'
import { decode } from './facts.ts'
import { explainFailure } from './failure.ts'
import type { PerformContext } from './perform.ts'
import { call } from './quote.ts'

/** What changes the host. */
export interface Writing {
  readonly disk: Disk
  readonly names: RoomNames
  readonly context: PerformContext
}

export interface HostLock {
  readonly take: (request: LockRequest) => Promise<LockOutcome>
  /** What an earlier run left, and this one could not settle. */
  readonly stuck: () => { readonly stuck?: string }
  /** Throws HostError without the lock. */
  readonly writing: () => Writing
  /** Does something only with the lock, and only when nothing half done stands there. */
  readonly change: (work: (writing: Writing) => Promise<InstallOutcome>) => Promise<InstallOutcome>
  readonly discard: () => Promise<void>
  /** It goes with the connection. */
  readonly release: () => Promise<void>
}

const notHeld = 'this run does not hold the lock of the host'

export function makeLock(connection: Connection, root: string, state: string): HostLock {
  let refusal = notHeld
  let stuck: string | undefined
  let writing: Writing | undefined
  const take = async (request: LockRequest): Promise<LockOutcome> => {
    const { run, holder, timeoutMs } = request
    refusal = notHeld
    stuck = undefined
    writing = undefined
    const script = [call('below', root), call('lock', state, run, Math.ceil(timeoutMs / 1000), holder)].join(
      '\n',
    )
    const records = await connection.request(script, { timeoutMs: timeoutMs + 60_000 })
    const find = (wanted: string) => records.find(([word]) => word === wanted)
    const busy = find('busy')
    if (busy) return { kind: 'busy', by: decode(busy[1]).toString('utf8') || 'somebody who does not say who' }
    const locked = find('locked')
    if (!locked) {
      refusal = `the lock of the host cannot be taken: ${explainFailure(records)}`
      throw new HostError(refusal)
    }
    connection.keepAwake()
    const own = open(connection, state, run, decode(find('here')?.[3]).toString('utf8'))
    if (locked[1] === 'shared') {
      writing = own
      return { kind: 'locked', recoveries: [], swept: 0 }
    }
    const recoveries = find('pending') ? await recoverAll(own.disk, own.names) : []
    const failed = recoveries.find(({ outcome }) => outcome === 'failed')
    if (failed) {
      stuck = `an earlier run stopped in the middle of ${failed.id}: ${failed.detail}`
      refusal = stuck
      return { kind: 'locked', recoveries, swept: 0 }
    }
    const swept = await sweep(own.disk, readLists(records))
    const strays = await connection.request('sweep_strays')
    writing = own
    return {
      kind: 'locked',
      recoveries,
      swept: swept + countStrays(strays),
    }
  }
  return {
    take,
    stuck: () => (stuck === undefined ? {} : { stuck }),
    writing: () => {
      if (writing) return writing
      throw new HostError(refusal)
    },
    change: async (work) => (writing ? work(writing) : { kind: 'stuck', detail: refusal }),
    discard: async () => {
      if (!writing) return
      const { disk, context } = writing
      await connection
        .request(call('own_list', context.list))
        .then((records) => sweep(disk, readLists(records)))
        .catch(() => undefined)
    },
    release: async () => {
      refusal = notHeld
      writing = undefined
      await connection.close()
    },
  }
}

function open(connection: Connection, state: string, run: string, top: string): Writing {
  if (!top.startsWith('/')) throw new HostError('it does not say where its root is', true)
  const token = randomBytes(8).toString('hex')
  const context = { connection, state, root: top === '/' ? '' : top, list: `${state}/staged/${run}-${token}` }
  return { disk: openDisk(context), names: nameRooms(token), context }
}

function readLists(records: Records): StoredList[] {
  return records.flatMap(([word, path, text]) =>
    word === 'list' ? [{ path: decode(path).toString('utf8'), text: decode(text).toString('utf8') }] : [],
  )
}

function countStrays(records: Records): number {
  const swept = Number(records.find(([word]) => word === 'swept')?.[1])
  return Number.isSafeInteger(swept) ? swept : 0
}
