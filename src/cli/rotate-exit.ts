// How a rotation ends, as an exit code.
import type { RotationWait } from '../model/difference.ts'
import type { Plan } from '../model/plan.ts'
import { chooseExitCode, exitCodes, planExitCode } from './exit-code.ts'
import type { Ending, Look } from './rotate-walk.ts'

/** `last`: of the plan that was carried out last. */
export function rotationExitCode(
  { why, look, wish }: Pick<Ending<Look>, 'why' | 'look' | 'wish'>,
  last: number,
  isDetailed: boolean,
): number {
  const remains = isDetailed && look.rotating.length > 0 && why !== 'done' && exitCodes.changesPresent
  if (why === 'failed') return last
  // Whoever says no is told nothing that he has not seen.
  if (why === 'declined') return chooseExitCode([remains])
  if (why === 'absent')
    return planExitCode(look.plan, false) || (wish === 'back' ? exitCodes.invalidInput : exitCodes.needsHuman)
  return chooseExitCode([
    last,
    remains,
    why === 'stuck' && exitCodes.rolledBack,
    ...(why === 'stuck' ? [planExitCode(look.plan, false)] : []),
    ...(why === 'waits' ? codesOfWaits(look) : []),
  ])
}

/** A plan that is only shown. */
export function outlookExitCode(look: Look, isDetailed: boolean): number {
  const advances = look.rotating.some(({ rotation }) => rotation.advances)
  return chooseExitCode([
    planExitCode(look.plan, false),
    isDetailed && look.rotating.length > 0 && exitCodes.changesPresent,
    ...(advances ? [] : codesOfWaits(look)),
  ])
}

function codesOfWaits({ plan, rotating }: Look): number[] {
  const waits = rotating.flatMap(({ rotation }) => rotation.waits)
  return [planExitCode(plan, false), ...waits.map((wait) => codeOfWait(wait, plan))]
}

/** A restart that somebody else decides on comes when it comes; all other things that can be seen do not come by themselves. */
function codeOfWait({ host, what }: RotationWait, { unreachable }: Plan): number {
  const away = unreachable.find((each) => each.host === host)
  if (away) return away.why === 'held' ? exitCodes.locked : exitCodes.unreachable
  return what === 'pool' ? exitCodes.done : exitCodes.needsHuman
}
