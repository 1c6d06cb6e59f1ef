import { aboutAuthority } from '../alarms/name.ts'
import { type AlarmState, needsHuman } from '../model/change.ts'
import type { Plan } from '../model/plan.ts'
import type { Outcome, Result } from '../model/result.ts'
import type { Status } from '../model/status.ts'

/** What an exit status says; the numbers are public. */
export const exitCodes = {
  done: 0,
  internalError: 1,
  changesPresent: 2,
  invalidInput: 3,
  unreachable: 4,
  usage: 5,
  rolledBack: 6,
  needsHuman: 7,
  stale: 8,
  locked: 9,
  alarms: 10,
  interrupted: 130,
  terminated: 143,
} as const

/** Where several hold, the first of these is told. */
const precedence = [
  exitCodes.needsHuman,
  exitCodes.rolledBack,
  exitCodes.stale,
  exitCodes.locked,
  exitCodes.unreachable,
  exitCodes.alarms,
  exitCodes.changesPresent,
]

export function chooseExitCode(codes: readonly (number | false)[]): number {
  return precedence.find((code) => codes.includes(code)) ?? exitCodes.done
}

export function planExitCode(plan: Plan, detailed: boolean): number {
  return chooseExitCode([
    plan.problems.some(needsHuman) && exitCodes.needsHuman,
    plan.unreachable.some(({ why }) => why === 'held') && exitCodes.locked,
    plan.unreachable.length > 0 && exitCodes.unreachable,
    detailed && plan.changes.length > 0 && exitCodes.changesPresent,
  ])
}

const alarmActions: ReadonlySet<Outcome['action']> = new Set(['raise', 'clear', 'release'])

/**
 * That another authority takes the place of one over several nights is how it is meant to go: such an alarm counts from
 * major on, once it presses, or where the policy wants it so.
 */
function isTrouble(alarm: AlarmState): boolean {
  const isLow = alarm.severity === 'minor' || alarm.severity === 'warning'
  return aboutAuthority(alarm) === undefined || !isLow
}

export function resultExitCode(result: Result): number {
  const { outcomes, held, unreachable, alarms, undeliverable } = result
  // An alarm that a sink did not take is undeliverable, and no failure of what the alarm is about.
  const work = outcomes.filter(({ action }) => !alarmActions.has(action))
  const failed = work.some(({ status }) => status === 'failed' || status === 'rolled-back')
  return chooseExitCode([
    result.needsHuman && exitCodes.needsHuman,
    failed && exitCodes.rolledBack,
    outcomes.some(({ status }) => status === 'stale') && exitCodes.stale,
    held.length > 0 && exitCodes.locked,
    unreachable.length > 0 && exitCodes.unreachable,
    alarms.filter(isTrouble).length + undeliverable.length > 0 && exitCodes.alarms,
  ])
}

export function statusExitCode({
  certificates,
  problems,
  unreachable,
  alarms,
  conditions,
  undeliverable,
}: Status): number {
  const standing = [...alarms.filter(({ isOwn }) => isOwn), ...conditions].filter(isTrouble)
  // What stands beside an authority is there to be taken away: nobody is waited for when it has expired.
  const isExpired = certificates.some(({ state, waiting }) => state === 'expired' && waiting === undefined)
  return chooseExitCode([
    problems.some(needsHuman) && exitCodes.needsHuman,
    unreachable.some(({ why }) => why === 'held') && exitCodes.locked,
    unreachable.length > 0 && exitCodes.unreachable,
    (isExpired || standing.length + undeliverable.length > 0) && exitCodes.alarms,
  ])
}
