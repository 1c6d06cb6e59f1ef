// What each command does, in its own words: one function a command, its exit code as the answer.
import { readFile } from 'node:fs/promises'
import { toRecording } from '../gather/recording.ts'
import { openBytes } from '../load/vault.ts'
import { HostError } from '../model/host.ts'
import type { Plan } from '../model/plan.ts'
import type { SecretStore } from '../model/secret.ts'
import { makePlan } from '../plan/plan.ts'
import { makeStatus } from '../plan/status.ts'
import { diagnosticsToGithub, diagnosticsToJson, diagnosticsToSarif } from '../report/diagnostics-data.ts'
import { planToJson, resultToJson, statusToJson } from '../report/json.ts'
import { formatPlan } from '../report/plan-text.ts'
import { createProgress } from '../report/progress.ts'
import { formatResult } from '../report/result-text.ts'
import { formatStatus } from '../report/status-text.ts'
import { recordRun } from './audit-run.ts'
import { confirm, isInteractive } from './confirm.ts'
import { exitCodes, planExitCode, resultExitCode, statusExitCode } from './exit-code.ts'
import type { Interruption } from './interruption.ts'
import type { RunOptions } from './options.ts'
import { printData, printJson, reportDiagnostics, reportOptions } from './output.ts'
import { readVersion } from './package-root.ts'
import { createSecretStore } from './secrets.ts'
import { closeSession, loadPlaybook, openSession, type Session } from './session.ts'
import { signByCommand } from './signer.ts'

export async function validate(playbook: string, options: RunOptions): Promise<number> {
  const { desired, diagnostics } = await loadPlaybook(playbook, options, createSecretStore(options))
  if (options.format === 'json') printJson(diagnosticsToJson(diagnostics))
  else if (options.format === 'sarif') printJson(diagnosticsToSarif(diagnostics, readVersion()))
  else if (options.format === 'github') printData(diagnosticsToGithub(diagnostics))
  else {
    reportDiagnostics(diagnostics, options, false)
    if (desired) printData(`${playbook} is valid: ${desired.plays.map(({ name }) => name).join(', ')}`)
  }
  return desired ? exitCodes.done : exitCodes.invalidInput
}

export async function plan(
  playbook: string,
  options: RunOptions & { detailedExitcode: boolean },
): Promise<number> {
  return withSession(playbook, options, async (session) => {
    const made = makePlan({ desired: session.desired, at: options.at, ...(await session.observe()) })
    if (refusesLimit(made, options)) return exitCodes.invalidInput
    if (options.format === 'json') printJson(planToJson(made))
    else printData(formatPlan(made, reportOptions(options)))
    return planExitCode(made, options.detailedExitcode)
  })
}

/** What was observed, for \`plan --facts\` elsewhere. */
export async function facts(playbook: string, options: RunOptions): Promise<number> {
  return withSession(playbook, options, async (session) => {
    const { actual } = await session.observe()
    printJson(toRecording(actual, new Date()))
    const unreachable = Object.values(actual.hosts).filter((host) => host.kind === 'unreachable')
    for (const host of unreachable) process.stderr.write(`${host.host} is unreachable: ${host.detail}\n`)
    return unreachable.length > 0 ? exitCodes.unreachable : exitCodes.done
  })
}

export async function status(playbook: string, options: RunOptions): Promise<number> {
  return withSession(playbook, options, async (session) => {
    const made = makeStatus({ desired: session.desired, at: options.at, ...(await session.observe()) })
    if (options.format === 'json') printJson(statusToJson(made))
    else printData(formatStatus(made, reportOptions(options)))
    return statusExitCode(made)
  })
}

export interface ApplyOptions extends RunOptions {
  readonly autoApprove: boolean
  readonly interruption: Interruption
}

export async function apply(playbook: string, options: ApplyOptions): Promise<number> {
  if (!options.autoApprove && !isInteractive()) {
    process.stderr.write(
      'error: there is no terminal to ask on: give --auto-approve to apply without asking\n',
    )
    return exitCodes.usage
  }
  return withSession(playbook, options, async (session) => {
    const made = makePlan({ desired: session.desired, at: options.at, ...(await session.observe()) })
    if (refusesLimit(made, options)) return exitCodes.invalidInput
    if (options.format === 'text') printData(formatPlan(made, reportOptions(options)))
    if (made.tasks.length > 0 && !options.autoApprove && !(await confirm('Apply this plan?'))) {
      process.stderr.write('Nothing changed.\n')
      return exitCodes.done
    }
    const { applyPlan } = await import('../apply/apply.ts')
    const ledger = recordRun(session.audit)
    const context = {
      hosts: session.hosts,
      observe: session.observe,
      resolveSecret: session.secrets.resolve,
      signByCommand,
      readSupplied: (path: string) => readSupplied(path, session.secrets),
      signal: options.interruption.signal,
      forks: options.forks,
      progress: await createProgress(process.stderr, made.tasks.length === 0),
      record: ledger.record,
    }
    const result = await options.interruption.hold(() => applyPlan(made, context))
    if (options.format === 'json') printJson(resultToJson(result))
    else if (result.outcomes.length + result.alarms.length + result.undeliverable.length > 0)
      printData(`\n${formatResult(result, reportOptions(options))}`)
    const code = resultExitCode(result)
    await ledger.end(options.interruption.exitCode() ?? code)
    return code
  })
}

/** A supplied key on the control node, as the user keeps it: perhaps encrypted with ansible-vault. */
async function readSupplied(path: string, secrets: SecretStore): Promise<Uint8Array> {
  const opened = await openBytes(await readFile(path), secrets)
  if (opened.kind === 'text') return opened.text
  throw new HostError(`${path} ${opened.detail}`)
}

/** What `--limit` leaves out and the rest needs is a mistake in the command, not a state of the hosts. */
function refusesLimit({ problems }: Plan, options: RunOptions): boolean {
  const refused = problems.filter(({ code }) => code === 'outside-limit')
  const diagnostics = refused.map(({ code, message, hint, source }) => ({
    code,
    severity: 'error' as const,
    message,
    hint,
    ...(source ? { source } : {}),
  }))
  if (diagnostics.length > 0) reportDiagnostics(diagnostics, options, true)
  return diagnostics.length > 0
}

async function withSession(
  playbook: string,
  options: RunOptions,
  action: (session: Session) => Promise<number>,
): Promise<number> {
  const session = await openSession(playbook, options)
  if (!session) return exitCodes.invalidInput
  try {
    return await action(session)
  } finally {
    await closeSession(session)
  }
}
