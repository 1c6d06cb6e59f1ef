// certwright rotate: another trust anchor takes the place of one, phase after phase, each of them a run of its own.
import { nameRun } from '../apply/lock.ts'
import type { DesiredPair } from '../model/desired.ts'
import type { RotationPhase } from '../model/difference.ts'
import { foreseeRotations } from '../plan/outlook.ts'
import { outlookToJson } from '../report/json.ts'
import { formatOutlook } from '../report/outlook-text.ts'
import { formatPlan } from '../report/plan-text.ts'
import { line } from '../report/shown.ts'
import { recordRun } from './audit-run.ts'
import { needsTerminal } from './carry-out.ts'
import { exitCodes } from './exit-code.ts'
import { asLines, printData, printJson, reportDiagnostics, reportOptions, tell } from './output.ts'
import { lockSession } from './recover.ts'
import { findAffected, findAnchors, findSupplied } from './rotate-anchor.ts'
import { describeOldKeys, findOldKeys } from './rotate-destroy.ts'
import { outlookExitCode } from './rotate-exit.ts'
import { lookForRotation, type RotateRunOptions, runRotation } from './rotate-run.ts'
import type { Wanted } from './rotate-walk.ts'
import { refusesTime, type Session, withSession } from './session.ts'

export interface RotateOptions extends RotateRunOptions {
  /** Only show. */
  readonly plan: boolean
  /** The last phase to be carried out. */
  readonly until?: RotationPhase
  readonly back: boolean
  /** False: everything at once. */
  readonly overlap: boolean
}

export async function rotate(playbook: string, authority: string, options: RotateOptions): Promise<number> {
  if (!options.plan && needsTerminal(options)) return exitCodes.usage
  return withSession(playbook, options, async (session) => {
    const anchors = findAnchors(session.desired, authority)
    if ('code' in anchors) {
      reportDiagnostics([anchors], options, true)
      return exitCodes.invalidInput
    }
    const supplied = options.back ? findSupplied(anchors) : undefined
    if (supplied) {
      reportDiagnostics([supplied], options, true)
      return exitCodes.invalidInput
    }
    const wanted = readWanted(anchors, options)
    if (options.plan) return showOutlook(session, anchors, wanted, options)
    if (refusesOutage(session, anchors, options)) return exitCodes.needsHuman
    if (refusesTime(session, options)) return exitCodes.invalidInput
    const run = nameRun(new Date())
    const locked = await recordRun(session.audit, run, async (record) =>
      (await lockSession(session, run, options, record)) ? exitCodes.done : exitCodes.locked,
    )
    return locked === exitCodes.done ? runRotation(session, anchors, wanted, options) : locked
  })
}

function readWanted(
  anchors: readonly DesiredPair[],
  {
    back,
    overlap,
    until,
    destroyOldKey,
  }: Pick<RotateOptions, 'back' | 'overlap' | 'until' | 'destroyOldKey'>,
): Wanted {
  // Whoever destroys what is left of a rotation has not asked for another one.
  const begin = destroyOldKey ? 'go-on' : 'begin'
  const wish = back ? 'back' : overlap ? begin : 'no-overlap'
  return { pairs: anchors.map(({ id }) => id), wish, ...(until ? { until } : {}) }
}

/** Why has then been told. */
function refusesOutage(
  { desired }: Session,
  anchors: readonly DesiredPair[],
  { overlap, allow }: RotateOptions,
): boolean {
  if (overlap || (allow?.authorities ?? 0) > 0) return false
  const affected = findAffected(desired, anchors).join('; ')
  tell(
    asLines(
      `error: --no-overlap puts another ${anchors[0]?.name ?? ''} in place of the old one at once: until everything has been`,
      '  restarted, for a few seconds, whoever has the new one and whoever has the old one refuse each other.',
      `  Down meanwhile: ${affected === '' ? 'whatever trusts it' : affected}.`,
      '  Clients that certwright does not look after are refused until they are given the new one.',
      '  hint: without --no-overlap nothing is down; where it has to be, say so: --allow authorities=1',
    ),
  )
  return true
}

async function showOutlook(
  session: Session,
  anchors: readonly DesiredPair[],
  { pairs, wish }: Wanted,
  options: RotateOptions,
): Promise<number> {
  const seen = await lookForRotation(session, { pairs, wish }, options)
  const outlook = foreseeRotations(session.desired, { pairs: seen.rotating })
  // As of now: what is replaced until then will be kept as well.
  const oldKeys = options.destroyOldKey ? await findOldKeys(session, anchors) : undefined
  if (options.format === 'json') printJson(outlookToJson(seen.plan, outlook, oldKeys))
  else {
    printData(formatPlan(seen.plan, reportOptions(options)))
    if (outlook.length > 0) printData(line`\n`)
    if (outlook.length > 0) printData(formatOutlook(outlook, reportOptions(options)))
    if (oldKeys) printData(line`\n${describeOldKeys(anchors[0]?.name ?? '', oldKeys)}`)
  }
  return outlookExitCode(seen, options.detailedExitcode)
}
