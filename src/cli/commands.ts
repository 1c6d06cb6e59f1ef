// What each command does, in its own words: one function a command, its exit code as the answer.
import { readFile } from 'node:fs/promises'
import { makePlan } from '../plan/plan.ts'
import { makeStatus } from '../plan/status.ts'
import { planToJson, resultToJson, statusToJson } from '../report/json.ts'
import { formatPlan } from '../report/plan-text.ts'
import { createProgress } from '../report/progress.ts'
import { formatResult } from '../report/result-text.ts'
import { formatStatus } from '../report/status-text.ts'
import { confirm, isInteractive } from './confirm.ts'
import { exitCodes, planExitCode, resultExitCode, statusExitCode } from './exit-code.ts'
import type { RunOptions } from './options.ts'
import { printData, printJson, reportOptions } from './output.ts'
import { resolvePassphrase } from './secrets.ts'
import { closeSession, loadDesired, openSession, type Session } from './session.ts'

export async function validate(playbook: string, options: RunOptions): Promise<number> {
  const desired = await loadDesired(playbook, options)
  if (!desired) return exitCodes.invalidInput
  if (options.format === 'json') printJson({ format_version: '1.0', diagnostics: [], summary: { errors: 0 } })
  else printData(`${playbook} is valid: ${desired.plays.map(({ name }) => name).join(', ')}`)
  return exitCodes.done
}

export async function plan(
  playbook: string,
  options: RunOptions & { detailedExitcode: boolean },
): Promise<number> {
  return withSession(playbook, options, async (session) => {
    const made = makePlan({ desired: session.desired, at: options.at, ...(await session.observe()) })
    if (options.format === 'json') printJson(planToJson(made))
    else printData(formatPlan(made, reportOptions(options)))
    return planExitCode(made, options.detailedExitcode)
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
  readonly signal: AbortSignal
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
    if (options.format === 'text') printData(formatPlan(made, reportOptions(options)))
    if (
      made.tasks.length > 0 &&
      !options.autoApprove &&
      !(await confirm('Apply this plan?', options.signal))
    ) {
      process.stderr.write('Nothing changed.\n')
      return exitCodes.done
    }
    const { applyPlan } = await import('../apply/apply.ts')
    const result = await applyPlan(made, {
      hosts: session.hosts,
      observe: session.observe,
      resolvePassphrase,
      readSupplied: (path) => readFile(path),
      signal: options.signal,
      progress: await createProgress(process.stderr, made.tasks.length === 0),
    })
    if (options.format === 'json') printJson(resultToJson(result))
    else if (result.outcomes.length + result.alarms.length + result.undeliverable.length > 0)
      printData(`\n${formatResult(result, reportOptions(options))}`)
    return resultExitCode(result)
  })
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
