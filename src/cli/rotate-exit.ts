// How a rotation ends, as an exit code.
import type { RotationWait } from '../model/difference.ts'
import type { Plan } from '../model/plan.ts'
import { chooseExitCode, exitCodes, planExitCode } from './exit-code.ts'
import type { Ending, Look, Rotating } from './rotate-walk.ts'

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
  const codes = rotating.flatMap((each) => each.rotation.waits.map((wait) => codeOfWait(wait, each, plan)))
  return [planExitCode(plan, false), ...codes]
}

/** A restart that the policy leaves to somebody else comes when it comes; nothing else that can be seen comes by itself. */
function codeOfWait(
  { host, what }: RotationWait,
  { pair, rotation }: Rotating,
  { unreachable }: Plan,
): number {
  const away = unreachable.find((each) => each.host === host)
  if (away) return away.why === 'held' ? exitCodes.locked : exitCodes.unreachable
  const isLeft = rotation.phase === 'distrust' && pair.rotation?.distrust === 'next_restart'
  return what === 'pool' && isLeft ? exitCodes.done : exitCodes.needsHuman
}
