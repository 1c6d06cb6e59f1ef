// The hosts of a run are locked; what an earlier run left in the middle is settled, and told.
import { hostname } from 'node:os'
import { introduce, type Locked, lockHosts, type Missed, nameRun, type Settled } from '../apply/lock.ts'
import type { AuditEvent, RecordEvents } from '../model/audit.ts'
import { type Host, HostError } from '../model/host.ts'
import { line, type Shown } from '../report/shown.ts'
import { recordRun } from './audit-run.ts'
import { exitCodes } from './exit-code.ts'
import type { RunOptions } from './options.ts'
import { asLines, printData, printJson, tell } from './output.ts'
import { type Session, withSession } from './session.ts'
import { findOwnFolders } from './state-folder.ts'
import { userName } from './user-name.ts'

export interface LockOptions extends RunOptions {
  /** Milliseconds. */
  readonly lockTimeout: number
}

/**
 * Locks and settles; tells on standard error. A host that another run holds is left alone from here on.
 * False: all of them are, and there is nothing to do.
 */
export async function lockSession(
  session: Session,
  run: string,
  options: LockOptions,
  record: RecordEvents,
  only?: string,
): Promise<boolean> {
  const due = findDue(session, only)
  const locked = await lockAll(due, run, options)
  for (const { host, by } of locked.held) session.held.set(host, by)
  for (const { host, unreachable } of locked.missed) if (!unreachable) session.unlocked.add(host)
  if (due.length > 0 && locked.held.length === due.length) {
    tell(line`Nothing was changed. Wait for it to end, or let this one wait: --lock-timeout 10m`)
    return false
  }
  await writeDown(locked.settled, run, options.at, record)
  tell(asLines(...locked.settled.flatMap(describe)))
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
  const { settled, missed, held } = await lockAll(findDue(session), run, options)
  await writeDown(settled, run, options.at, record)
  if (options.format === 'json') printJson({ settled, missed, held })
  else printData(settled.length === 0 ? line`Nothing to recover.` : asLines(...settled.flatMap(describe)))
  for (const { host, detail, unreachable } of missed) if (unreachable) tell(line`${host}: ${detail}`)
  const failed = settled.some(({ recoveries }) => recoveries.some(({ outcome }) => outcome === 'failed'))
  if (failed || missed.some(({ unreachable }) => !unreachable)) return exitCodes.needsHuman
  if (held.length > 0) return exitCodes.locked
  return missed.length > 0 ? exitCodes.unreachable : exitCodes.done
}

/** Hosts outside `--limit` are looked at, and never changed. */
function findDue({ hosts, desired }: Session, only?: string): Host[] {
  return Object.values(hosts).filter(
    ({ name }) => !desired.readOnlyHosts.includes(name) && (only === undefined || name === only),
  )
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
    tell(line`warning: ${error.message}`)
  })
}

async function lockAll(due: readonly Host[], run: string, options: LockOptions): Promise<Locked> {
  const holder = introduce(`${userName()}@${hostname()} (pid ${process.pid})`, new Date())
  const locked = await lockHosts(due, { run, holder, timeoutMs: options.lockTimeout }, options.forks)
  for (const { host, by } of locked.held) tell(line`error: another run holds ${host}: ${by}`)
  // A host that cannot be reached says so in the plan; one that refuses its lock would keep quiet until work begins.
  for (const missed of locked.missed) if (!missed.unreachable) tell(describeMissed(missed))
  return locked
}

function describeMissed({ host, detail }: Missed): Shown {
  const own = findOwnFolders()
  if (!own || !detail.includes(own.state))
    return line`error: ${host}: ${detail}\n  hint: nothing is changed there before that is mended; then run this again`
  return line`error: ${host}: ${detail}\n  hint: name a folder that you may write to: CERTWRIGHT_STATE_DIR, or XDG_STATE_HOME`
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
