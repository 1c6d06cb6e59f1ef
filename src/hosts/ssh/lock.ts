// The lock of a remote host: held by the shell that this run talks to, and gone with it.
import { HostError } from '../../model/host.ts'
import type { InstallOutcome, LockOutcome, LockRequest, Recovery } from '../../model/transaction.ts'
import type { Connection, Records } from './connection.ts'
import { decode, type Fields } from './facts.ts'
import { explainFailure } from './failure.ts'
import { call } from './quote.ts'

export interface HostLock {
  readonly take: (request: LockRequest) => Promise<LockOutcome>
  readonly isHeld: () => boolean
  /** Throws HostError without the lock. */
  readonly need: <T>(work: () => Promise<T>) => Promise<T>
  /** Does something only with the lock, and only when nothing half done stands there. */
  readonly change: (work: () => Promise<InstallOutcome>) => Promise<InstallOutcome>
}

const notHeld = 'this run does not hold the lock of the host'

export function makeLock(connection: Connection, state: string): HostLock {
  let refusal: string | undefined = notHeld
  const take = async ({ run, holder, timeoutMs }: LockRequest): Promise<LockOutcome> => {
    refusal = notHeld
    const script = call('lock', state, run, Math.ceil(timeoutMs / 1000), holder)
    const records = await connection.request(script, { timeoutMs: timeoutMs + 60_000 })
    const busy = records.find(([word]) => word === 'busy')
    if (busy) return { kind: 'busy', by: decode(busy[1]).toString('utf8') || 'somebody who does not say who' }
    if (!records.some(([word]) => word === 'locked')) {
      refusal = `the lock of the host cannot be taken: ${explainFailure(records)}`
      throw new HostError(refusal)
    }
    connection.keepAwake()
    const recoveries = readRecoveries(records)
    const failed = recoveries.find(({ outcome }) => outcome === 'failed')
    refusal = failed && `an earlier run stopped in the middle of ${failed.id}: ${explainFailure(records)}`
    const swept = Number(records.find(([word]) => word === 'swept')?.[1] ?? 0)
    return { kind: 'locked', recoveries, swept: Number.isSafeInteger(swept) ? swept : 0 }
  }
  return {
    take,
    isHeld: () => refusal === undefined,
    need: async (work) => {
      if (refusal !== undefined) throw new HostError(refusal)
      return work()
    },
    change: async (work) => (refusal === undefined ? work() : { kind: 'stuck', detail: refusal }),
  }
}

function readRecoveries(records: Records): Recovery[] {
  return records.flatMap(([word, ...fields]) => (word === 'recovery' ? [readRecovery(fields)] : []))
}

const maximumPaths = 10_000

function readRecovery([id, outcome, paths = '-']: Fields): Recovery {
  const named = paths === '-' ? [] : paths.split(',', maximumPaths).filter((path) => path !== '')
  return {
    id: decode(id).toString('utf8'),
    // Whatever else a host says: it is not known to be whole.
    outcome: outcome === 'finished' || outcome === 'undone' ? outcome : 'failed',
    paths: named.map((path) => decode(path).toString('utf8')),
  }
}
