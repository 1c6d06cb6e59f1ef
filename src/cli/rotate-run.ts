// The phases of a rotation, on a session that holds its hosts: looked at, shown, carried out and written down one by one.
import { nameRun } from '../apply/lock.ts'
import type { Actual } from '../model/actual.ts'
import type { DesiredPair, RotateRequest } from '../model/desired.ts'
import { foreseeRotations } from '../plan/outlook.ts'
import { makePlan } from '../plan/plan.ts'
import { type RotationStep, rotationToJson } from '../report/json.ts'
import { formatOutlook } from '../report/outlook-text.ts'
import { formatPlan } from '../report/plan-text.ts'
import { line } from '../report/shown.ts'
import { recordRun } from './audit-run.ts'
import { type ApplyOptions, execute, tellResult } from './carry-out.ts'
import { confirm } from './confirm.ts'
import { chooseExitCode, exitCodes, resultExitCode } from './exit-code.ts'
import type { RunOptions } from './options.ts'
import { printData, printJson, reportOptions } from './output.ts'
import { destroyOldKeys } from './rotate-destroy.ts'
import { tellEnding } from './rotate-ending.ts'
import { rotationExitCode } from './rotate-exit.ts'
import { type Ending, type Look, type Rotating, type Wanted, walkRotation } from './rotate-walk.ts'
import type { Session } from './session.ts'

export interface RotateRunOptions extends ApplyOptions {
  readonly detailedExitcode: boolean
  /** In the end, what is kept of the keys that it had before. */
  readonly destroyOldKey: boolean
}

interface Seen extends Look {
  readonly actual: Actual
}

export async function lookForRotation(
  session: Session,
  request: RotateRequest,
  { at }: Pick<RunOptions, 'at'>,
): Promise<Seen> {
  const observation = await session.observe(request)
  const { difference } = observation
  const asked = difference.pairs.filter(({ pair }) => request.pairs.includes(pair.id))
  const rotating = asked.filter((each): each is Rotating => each.rotation !== undefined)
  const desired = { ...session.desired, rotate: request }
  return { ...observation, rotating, plan: makePlan({ desired, at, ...observation }) }
}

export async function runRotation(
  session: Session,
  anchors: readonly DesiredPair[],
  wanted: Wanted,
  options: RotateRunOptions,
): Promise<number> {
  const authority = anchors[0]?.name ?? ''
  const steps: RotationStep[] = []
  let last: number = exitCodes.done
  const walked = await walkRotation<Seen>(
    {
      look: (request) => lookForRotation(session, request, options),
      approve: (seen) => approve(session, seen, steps.length === 0, options),
      carryOut: async (seen) => {
        const step = await carryOutStep(session, seen, options)
        steps.push(step)
        last = options.interruption.exitCode() ?? resultExitCode(step.result)
        return options.interruption.exitCode() === undefined && isUnbroken(step)
      },
    },
    wanted,
  )
  const isInterrupted = options.interruption.exitCode() !== undefined
  const ending = options.destroyOldKey && isOver(walked) ? ({ ...walked, why: 'done' } as const) : walked
  const { why } = ending
  const { rotations } = ending.look.plan
  if (options.format === 'text' && ['waits', 'absent', 'stuck'].includes(why))
    printData(formatPlan(ending.look.plan, reportOptions(options)))
  tellEnding(ending, { authority, wish: wanted.wish, isInterrupted })
  const oldKeys =
    options.destroyOldKey && why === 'done' && !isInterrupted
      ? await destroyOldKeys(session, anchors, options)
      : undefined
  if (options.format === 'json')
    printJson(rotationToJson({ authority, outcome: why, rotations, steps, ...(oldKeys ? { oldKeys } : {}) }))
  const code = rotationExitCode(ending, last, options.detailedExitcode)
  return oldKeys ? chooseExitCode([code, ...oldKeys.missed.map(({ exitCode }) => exitCode)]) : code
}

/** Nothing is on its way; what may be needed one day has not begun. */
function isOver({ why, wish, look }: Ending<Look>): boolean {
  const isIdle = look.rotating.every(({ rotation }) => rotation.phase === 'prepare')
  return (
    why === 'done' ||
    (wish === 'go-on' && isIdle && look.plan.unreachable.length === 0 && ['absent', 'waits'].includes(why))
  )
}

async function approve(
  { desired }: Session,
  { plan, rotating }: Seen,
  isFirst: boolean,
  options: RotateRunOptions,
): Promise<boolean> {
  const { format, autoApprove } = options
  if (format === 'text' && isFirst && !autoApprove) {
    printData(formatOutlook(foreseeRotations(desired, { pairs: rotating }), reportOptions(options)))
    printData(line`\n`)
  }
  if (format === 'text') printData(formatPlan(plan, reportOptions(options)))
  if (autoApprove) return true
  const phases = [...new Set(rotating.map(({ rotation }) => rotation.phase))].join(', ')
  return confirm(line`Carry out this plan (${phases})?`)
}

async function carryOutStep(
  session: Session,
  { plan, actual, rotating }: Seen,
  options: RotateRunOptions,
): Promise<RotationStep> {
  const run = nameRun(new Date())
  const phases = [...new Set(rotating.map(({ rotation }) => rotation.phase))]
  let step: RotationStep | undefined
  await recordRun(session.audit, run, async (record) => {
    const result = await execute(session, { runId: run, plan, actual }, options, record)
    step = { run, phases, result }
    return options.interruption.exitCode() ?? resultExitCode(result)
  })
  if (!step) throw new Error('a run that has ended has a result')
  if (options.format === 'text') tellResult(step.result, options)
  return step
}

/** What was out of sight may be seen at the next look; what failed would fail there again. */
function isUnbroken({ result: { outcomes, stopped } }: RotationStep): boolean {
  const fine = ['done', 'skipped', 'lost']
  const isAlarm = ({ action }: (typeof outcomes)[number]) => ['raise', 'clear', 'release'].includes(action)
  return stopped === undefined && outcomes.every((each) => isAlarm(each) || fine.includes(each.status))
}
