// A plan is shown, confirmed and carried out; its result is the exit code.
import { readFile } from 'node:fs/promises'
import { openBytes } from '../load/vault.ts'
import type { Actual } from '../model/actual.ts'
import type { RecordEvents } from '../model/audit.ts'
import { HostError } from '../model/host.ts'
import { findMachines } from '../model/machines.ts'
import type { Plan } from '../model/plan.ts'
import type { Result } from '../model/result.ts'
import type { SecretStore } from '../model/secret.ts'
import { resultToJson } from '../report/json.ts'
import { formatPlan } from '../report/plan-text.ts'
import { createProgress } from '../report/progress.ts'
import { formatResult } from '../report/result-text.ts'
import { line } from '../report/shown.ts'
import { confirm, isInteractive } from './confirm.ts'
import { exitCodes, resultExitCode } from './exit-code.ts'
import type { Interruption } from './interruption.ts'
import { printData, printJson, reportOptions, tell } from './output.ts'
import type { LockOptions } from './recover.ts'
import type { Session } from './session.ts'
import { signByCommand } from './signer.ts'

export interface ApplyOptions extends LockOptions {
  readonly autoApprove: boolean
  readonly interruption: Interruption
}

/** Before anything is looked at: whether there would be nobody to ask. */
export function needsTerminal({ autoApprove }: ApplyOptions): boolean {
  if (autoApprove || isInteractive()) return false
  tell(line`error: there is no terminal to ask on: give --auto-approve to apply without asking`)
  return true
}

/** What a run is about to do, and where. */
interface Undertaking {
  readonly runId: string
  readonly plan: Plan
  /** What the plan was made from. */
  readonly actual: Actual
}

export async function carryOut(
  session: Session,
  { runId, plan, actual }: Undertaking,
  options: ApplyOptions,
  record: RecordEvents,
): Promise<number> {
  if (options.format === 'text') printData(formatPlan(plan, reportOptions(options)))
  if (plan.tasks.length > 0 && !options.autoApprove && !(await confirm(line`Apply this plan?`))) {
    tell(line`Nothing changed.`)
    return exitCodes.done
  }
  const result = await execute(session, { runId, plan, actual }, options, record)
  if (options.format === 'json') printJson(resultToJson(result))
  else tellResult(result, options)
  return options.interruption.exitCode() ?? resultExitCode(result)
}

/** What has been said yes to. Nothing is printed but its progress. */
export async function execute(
  session: Session,
  { runId, plan, actual }: Undertaking,
  options: ApplyOptions,
  record: RecordEvents,
): Promise<Result> {
  const { applyPlan } = await import('../apply/apply.ts')
  const context = {
    runId,
    hosts: session.hosts,
    machines: findMachines(actual),
    observe: () => session.observe(),
    resolveSecret: session.secrets.resolve,
    signByCommand,
    readSupplied: (path: string) => readSupplied(path, session.secrets),
    signal: options.interruption.signal,
    forks: options.forks,
    progress: await createProgress(process.stderr, plan.tasks.length === 0, tell),
    record,
  }
  const applied = await options.interruption.hold(() => applyPlan(plan, context))
  return { ...applied, needsHuman: applied.needsHuman || session.unlocked.size > 0 }
}

export function tellResult(result: Result, options: ApplyOptions): void {
  if (!isWorthTelling(result)) return
  printData(line`\n`)
  printData(formatResult(result, reportOptions(options)))
}

function isWorthTelling({ outcomes, alarms, undeliverable, held }: Result): boolean {
  return outcomes.length + alarms.length + undeliverable.length + held.length > 0
}

/** A supplied key on the control node, as the user keeps it: perhaps encrypted with ansible-vault. */
async function readSupplied(path: string, secrets: SecretStore): Promise<Uint8Array> {
  const opened = await openBytes(await readFile(path), secrets)
  if (opened.kind === 'text') return opened.text
  throw new HostError(`${path} ${opened.detail}`)
}
