// How a rotation ends, as an exit code.
import { parseAddress } from '../model/address.ts'
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
function codeOfWait(wait: RotationWait, { pair, rotation }: Rotating, plan: Plan): number {
  const away = findAway(wait, plan)
  if (away) return away.why === 'held' ? exitCodes.locked : exitCodes.unreachable
  const isLeft = rotation.phase === 'distrust' && pair.rotation?.distrust === 'next_restart'
  return wait.what === 'pool' && isLeft ? exitCodes.done : exitCodes.needsHuman
}

/** The host itself; or that of a member without which no other one is told, and none gets the file for it. */
function findAway({ host, what, service }: RotationWait, { unreachable, problems }: Plan) {
  const own = unreachable.find((each) => each.host === host)
  if (own || (what !== 'pool' && what !== 'file')) return own
  const unseen = problems.filter(
    ({ code, address }) =>
      code === 'members-unseen' && (what === 'file' || parseAddress(address).name === service),
  )
  return unreachable.find((each) => unseen.some((problem) => problem.host === each.host))
}
