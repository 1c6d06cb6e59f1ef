// How a run takes and lets go of a remote host: its lock is held by the shell that this run talks to, and gone with it.
import { dirname } from 'node:path'
import { HostError } from '../../model/host.ts'
import type { LockRequest } from '../../model/transaction.ts'
import type { StoredList } from '../transaction/disk.ts'
import { nameWork, openSession, type Session, type Taken, type Writing } from '../transaction/session.ts'
import type { Connection, Records } from './connection.ts'
import { openDisk } from './disk.ts'
import { decode } from './facts.ts'
import { explainFailure } from './failure.ts'
import type { PerformContext } from './perform.ts'
import { call } from './quote.ts'

export interface SshWriting extends Writing {
  readonly context: PerformContext
}

export function openSshSession(connection: Connection, root: string, state: string): Session<SshWriting> {
  const take = async ({ run, holder, timeoutMs }: LockRequest): Promise<Taken<SshWriting>> => {
    const lock = call('lock', state, run, Math.ceil(timeoutMs / 1000), holder)
    const records = await connection.request([call('below', root), lock].join('\n'), {
      timeoutMs: timeoutMs + 60_000,
    })
    const find = (wanted: string) => records.find(([word]) => word === wanted)
    const busy = find('busy')
    if (busy) return { kind: 'busy', by: decode(busy[1]).toString('utf8') || 'somebody who does not say who' }
    const locked = find('locked')
    if (!locked) return { kind: 'failed', detail: explainFailure(records) }
    connection.keepAwake()
    const writing = open(connection, state, run, decode(find('here')?.[3]).toString('utf8'))
    return {
      kind: 'taken',
      writing,
      shared: locked[1] === 'shared',
      pending: find('pending') !== undefined,
      lists: readLists(records, state),
    }
  }
  return openSession<SshWriting>({
    take,
    sweepStrays: async () => countStrays(await connection.request('sweep_strays')),
    readOwnList: async ({ context }) =>
      readLists(await connection.request(call('own_list', context.list)), state),
    release: () => connection.close(),
  })
}

function open(connection: Connection, state: string, run: string, top: string): SshWriting {
  if (!top.startsWith('/')) throw new HostError('it does not say where its root is', true)
  const { names, list } = nameWork(state, run)
  const context = { connection, state, root: top === '/' ? '' : top, list }
  return { disk: openDisk(context), names, context }
}

/** A list is taken away once it is worked off: nothing else passes for one. */
function readLists(records: Records, state: string): StoredList[] {
  return records
    .filter(([word]) => word === 'list')
    .map(([, path, text]) => {
      const list = { path: decode(path).toString('utf8'), text: decode(text).toString('utf8') }
      if (dirname(list.path) === `${state}/staged`) return list
      throw new HostError('it names a list of its work in a way that cannot be understood', true)
    })
}

function countStrays(records: Records): number {
  const swept = Number(records.find(([word]) => word === 'swept')?.[1])
  return Number.isSafeInteger(swept) ? swept : 0
}
