// The hosts of a run are locked; what an earlier run left in the middle is settled, and told.
import { hostname } from 'node:os'
import { type Locked, lockHosts, nameRun, type Settled } from '../apply/lock.ts'
import type { AuditEvent, RecordEvents } from '../model/audit.ts'
import { HostError } from '../model/host.ts'
import { recordRun } from './audit-run.ts'
import { exitCodes } from './exit-code.ts'
import type { RunOptions } from './options.ts'
import { printData, printJson } from './output.ts'
import { type Session, withSession } from './session.ts'
import { userName } from './user-name.ts'

export interface LockOptions extends RunOptions {
  /** Milliseconds. */
  readonly lockTimeout: number
}

/** Locks and settles; tells on standard error. False: another run holds a host, and nothing may be done. */
export async function lockSession(
  session: Session,
  run: string,
  options: LockOptions,
  record: RecordEvents,
): Promise<boolean> {
  const locked = await lockAll(session, run, options)
  if (locked.kind === 'busy') return false
  await writeDown(locked.settled, run, options.at, record)
  for (const line of locked.settled.flatMap(describe)) process.stderr.write(`${line}\n`)
  return true
}

export async function recover(playbook: string, options: LockOptions): Promise<number> {
  return withSession(playbook, options, async (session) => {
    const run = nameRun(new Date())
    return recordRun(session.audit, run, (record) => settleAll(session, run, options, record))
  })
}

async function settleAll(
  session: Session,
  run: string,
  options: LockOptions,
  record: RecordEvents,
): Promise<number> {
  const locked = await lockAll(session, run, options)
  if (locked.kind === 'busy') return exitCodes.locked
  const { settled, missed } = locked
  await writeDown(settled, run, options.at, record)
  if (options.format === 'json') printJson({ settled, missed })
  else printData(settled.length === 0 ? 'Nothing to recover.' : settled.flatMap(describe).join('\n'))
  for (const { host, detail } of missed) process.stderr.write(`${host}: ${detail}\n`)
  const failed = settled.some(({ recoveries }) => recoveries.some(({ outcome }) => outcome === 'failed'))
  if (failed || missed.some(({ unreachable }) => !unreachable)) return exitCodes.needsHuman
  return missed.length > 0 ? exitCodes.unreachable : exitCodes.done
}

/** What had to be settled is settled: where that cannot be written down, it is told all the same, and no more is done. */
async function writeDown(
  settled: readonly Settled[],
  run: string,
  at: Date,
  record: RecordEvents,
): Promise<void> {
  const outcomes = { finished: 'done', undone: 'rolled-back', failed: 'failed' } as const
  const events = settled.flatMap(({ host, recoveries }) =>
    recoveries.map(
      ({ id, outcome, paths, detail = '' }): AuditEvent => ({
        kind: 'change',
        run,
        at: at.toISOString(),
        host,
        address: `${host}/generation/${id}`,
        action: 'recover',
        paths,
        old: null,
        new: null,
        reasons: [],
        outcome: outcomes[outcome],
        detail,
      }),
    ),
  )
  if (events.length === 0) return
  await record(events).catch((error: unknown) => {
    if (!(error instanceof HostError)) throw error
    process.stderr.write(`warning: ${error.message}\n`)
  })
}

async function lockAll(session: Session, run: string, options: LockOptions): Promise<Locked> {
  const { hosts, desired } = session
  const due = Object.values(hosts).filter(({ name }) => !desired.readOnlyHosts.includes(name))
  const holder = `${userName()}@${hostname()} (pid ${process.pid}) since ${new Date().toISOString()}`
  const locked = await lockHosts(due, { run, holder, timeoutMs: options.lockTimeout }, options.forks)
  if (locked.kind === 'busy')
    process.stderr.write(
      `error: another run holds ${locked.host}: ${locked.by}\nNothing was changed. Wait for it to end, or let this one wait: --lock-timeout 10m\n`,
    )
  return locked
}

function describe({ host, recoveries, swept }: Settled): string[] {
  const told = {
    finished: 'finished what an earlier run had begun',
    undone: 'undid what an earlier run had begun',
    failed: 'could neither finish nor undo what an earlier run had begun',
  }
  return [
    ...recoveries.map(
      ({ id, outcome, paths, detail }) =>
        `${host}: ${told[outcome]} (${id}): ${detail ?? (paths.join(', ') || 'look at its generation')}`,
    ),
    ...(swept > 0
      ? [`${host}: removed ${swept} staged ${swept === 1 ? 'file' : 'files'} of a run that was killed`]
      : []),
  ]
}
