import { nameRun } from '../apply/lock.ts'
import { toRecording } from '../gather/recording.ts'
import type { Actual } from '../model/actual.ts'
import type { RecordEvents } from '../model/audit.ts'
import { makePlan } from '../plan/plan.ts'
import { makeStatus, selectDue } from '../plan/status.ts'
import { diagnosticsToGithub, diagnosticsToJson, diagnosticsToSarif } from '../report/diagnostics-data.ts'
import { planToJson, statusToJson } from '../report/json.ts'
import { formatPlan } from '../report/plan-text.ts'
import { line } from '../report/shown.ts'
import { formatStatus } from '../report/status-text.ts'
import { recordRun } from './audit-run.ts'
import { type ApplyOptions, carryOut, needsTerminal } from './carry-out.ts'
import { exitCodes, planExitCode, statusExitCode } from './exit-code.ts'
import type { RunOptions } from './options.ts'
import { printData, printJson, reportDiagnostics, reportOptions, tell } from './output.ts'
import { readVersion } from './package-root.ts'
import { lockSession } from './recover.ts'
import { findUnknownReleases } from './release.ts'
import { createSecretStore } from './secrets.ts'
import { loadPlaybook, refusesTime, type Session, withSession } from './session.ts'
import { findOwnFolders } from './state-folder.ts'

export async function validate(playbook: string, options: RunOptions): Promise<number> {
  const { desired, diagnostics } = await loadPlaybook(
    playbook,
    options,
    createSecretStore(options),
    findOwnFolders(),
  )
  if (options.format === 'json') printJson(diagnosticsToJson(diagnostics))
  else if (options.format === 'sarif') printJson(diagnosticsToSarif(diagnostics, readVersion()))
  else if (options.format === 'github') printData(diagnosticsToGithub(diagnostics))
  else {
    reportDiagnostics(diagnostics, options, false)
    if (desired) printData(line`${playbook} is valid: ${desired.plays.map(({ name }) => name).join(', ')}`)
  }
  return desired ? exitCodes.done : exitCodes.invalidInput
}

export async function plan(
  playbook: string,
  options: RunOptions & { detailedExitcode: boolean },
): Promise<number> {
  return withSession(playbook, options, async (session) => {
    const observation = await session.observe()
    const made = makePlan({ desired: session.desired, at: options.at, ...observation })
    if (refusesRelease(session, observation.actual, options)) return exitCodes.invalidInput
    if (options.format === 'json') printJson(planToJson(made))
    else printData(formatPlan(made, reportOptions(options)))
    return planExitCode(made, options.detailedExitcode)
  })
}

/** What was observed, for \`plan --facts\` elsewhere. */
export async function facts(playbook: string, options: RunOptions): Promise<number> {
  return withSession(playbook, options, async (session) => {
    const { actual } = await session.observe()
    printJson(toRecording(actual, new Date(), findOwnFolders()?.data))
    const unreachable = Object.values(actual.hosts).filter((host) => host.kind === 'unreachable')
    for (const host of unreachable) tell(line`${host.host} is unreachable: ${host.detail}`)
    return unreachable.length > 0 ? exitCodes.unreachable : exitCodes.done
  })
}

export async function status(
  playbook: string,
  options: RunOptions & { dueWithin?: number },
): Promise<number> {
  return withSession(playbook, options, async (session) => {
    const made = makeStatus({ desired: session.desired, at: options.at, ...(await session.observe()) })
    const shown = options.dueWithin === undefined ? made : selectDue(made, options.dueWithin)
    if (options.format === 'json') printJson(statusToJson(shown))
    else printData(formatStatus(shown, reportOptions(options)))
    return statusExitCode(made)
  })
}

export async function apply(playbook: string, options: ApplyOptions): Promise<number> {
  if (needsTerminal(options)) return exitCodes.usage
  return withSession(playbook, options, async (session) => {
    if (refusesTime(session, options)) return exitCodes.invalidInput
    const runId = nameRun(new Date())
    return recordRun(session.audit, runId, (record) => applySession(session, runId, options, record))
  })
}

async function applySession(
  session: Session,
  runId: string,
  options: ApplyOptions,
  record: RecordEvents,
): Promise<number> {
  if (!(await lockSession(session, runId, options, record))) return exitCodes.locked
  const observation = await session.observe()
  const made = makePlan({ desired: session.desired, at: options.at, ...observation })
  if (refusesRelease(session, observation.actual, options)) return exitCodes.invalidInput
  return carryOut(session, { runId, plan: made, actual: observation.actual }, options, record)
}

/** The diagnostics have then been printed; nothing has been touched. */
function refusesRelease({ desired }: Session, actual: Actual, options: RunOptions): boolean {
  const diagnostics = findUnknownReleases(desired, actual, options.release)
  if (diagnostics.length > 0) reportDiagnostics(diagnostics, options, true)
  return diagnostics.length > 0
}
