// certwright rollback: back to what the last transaction of a host replaced, or to an older generation.
import { nameRun } from '../apply/lock.ts'
import { diffRollback } from '../diff/rollback.ts'
import { suggest } from '../load/suggest.ts'
import type { RecordEvents } from '../model/audit.ts'
import { HostError } from '../model/host.ts'
import type { Generation } from '../model/transaction.ts'
import { makeRollbackPlan } from '../plan/rollback.ts'
import { line } from '../report/shown.ts'
import { recordRun } from './audit-run.ts'
import { type ApplyOptions, carryOut, needsTerminal } from './carry-out.ts'
import { exitCodes } from './exit-code.ts'
import { printData, tell } from './output.ts'
import { lockSession } from './recover.ts'
import { refusesTime, type Session, withSession } from './session.ts'

export async function rollback(
  playbook: string,
  host: string,
  generation: string | undefined,
  options: ApplyOptions,
): Promise<number> {
  if (needsTerminal(options)) return exitCodes.usage
  return withSession(playbook, options, async (session) => {
    if (refusesTime(session, options, host)) return exitCodes.invalidInput
    const runId = nameRun(new Date())
    return recordRun(session.audit, runId, (record) =>
      goBack(session, { runId, host, generation, options, record }),
    )
  })
}

interface WayBack {
  readonly runId: string
  readonly host: string
  readonly generation: string | undefined
  readonly options: ApplyOptions
  readonly record: RecordEvents
}

async function goBack(
  session: Session,
  { runId, host, generation, options, record }: WayBack,
): Promise<number> {
  if (!(await lockSession(session, runId, options, record, host))) return exitCodes.locked
  const chosen = await choose(session, host, generation)
  if (typeof chosen === 'number') return chosen
  const observation = await session.observe()
  const input = { desired: session.desired, at: options.at, ...observation }
  const difference = diffRollback({ ...input, host, generation: chosen })
  const plan = makeRollbackPlan({ ...input, difference }, host, chosen)
  if (plan.changes.length + plan.problems.length + plan.unreachable.length > 0)
    return carryOut(session, { runId, plan, actual: observation.actual }, options, record)
  printData(line`Nothing to do: ${host} holds what it held before ${chosen.id}.`)
  return exitCodes.done
}

/** An exit code when there is nothing to go back to; why has then been told. */
async function choose(
  { hosts, desired }: Session,
  host: string,
  wanted: string | undefined,
): Promise<Generation | number> {
  const target = hosts[host]
  const played = desired.plays.flatMap(({ batches }) => batches.flat())
  if (!target || !played.includes(host)) {
    const hint = suggest(host, played) ?? `there is ${[...new Set(played)].join(', ')}`
    tell(line`error: ${host} is no host of this playbook: ${hint}`)
    return exitCodes.invalidInput
  }
  const found = await target.listGenerations().catch((error: unknown) => {
    if (error instanceof HostError) return error
    throw error
  })
  if (found instanceof HostError) {
    tell(line`error: ${host}: ${found.message}`)
    return found.unreachable ? exitCodes.unreachable : exitCodes.needsHuman
  }
  const generation = wanted === undefined ? findLast(found) : found.find(({ id }) => id === wanted)
  if (generation) return generation
  const ids = found.map(({ id }) => id)
  const which = ids.length === 0 ? 'it keeps none' : `it keeps ${ids.join(', ')}`
  tell(line`error: ${host} has no generation ${wanted ?? 'to go back to'}: ${which}`)
  return exitCodes.invalidInput
}

/** What a way back replaced is no way back. */
function findLast(generations: readonly Generation[]): Generation | undefined {
  return generations.findLast(({ id }) => !id.endsWith('-back'))
}
