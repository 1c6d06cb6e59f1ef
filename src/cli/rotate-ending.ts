// What is said at the end of a rotation, or of a part of it: how it stands, and what to do next.
import type { RotateRequest } from '../model/desired.ts'
import type { RotationWait } from '../model/difference.ts'
import { describeWait } from '../report/rotation-text.ts'
import { line, type Shown } from '../report/shown.ts'
import { asLines, tell } from './output.ts'
import type { Ending, Look } from './rotate-walk.ts'

interface Asked {
  readonly authority: string
  readonly wish: RotateRequest['wish']
}

export function tellEnding(ending: Ending<Look>, asked: Asked): void {
  tell(describeEnding(ending, asked))
}

function describeEnding({ why, look, steps }: Ending<Look>, { authority, wish }: Asked): Shown {
  const { rotating } = look
  const phase = rotating[0]?.rotation.phase ?? ''
  const waits = rotating.flatMap(({ rotation }) => rotation.waits)
  if (why === 'done') return line`The rotation of ${authority} is done.`
  if (why === 'declined') return steps === 0 ? line`Nothing changed.` : line`Stopped before ${phase}. ${goOn}`
  if (why === 'until') return line`Stopped before ${phase}, as was asked. ${goOn}`
  if (why === 'waits') return describeWaits(authority, phase, waits)
  if (why === 'absent')
    return wish === 'back'
      ? line`error: no rotation of ${authority} is on its way: there is nothing to go back from`
      : line`error: no rotation of ${authority} can begin: the plan says what is in its way`
  if (wish === 'no-overlap')
    return line`error: replacing ${authority} at once has failed: the result says where, and what was put back`
  const what = why === 'stuck' ? 'comes to no effect' : 'has failed'
  const back = wish === 'back' ? ', without --back' : '; --back leads back'
  return asLines(
    `error: phase ${phase} of the rotation of ${authority} ${what}. What has been reached is kept: whatever is in use is still trusted.`,
    `  hint: mend what is named above and run this again${back}`,
  )
}

const goOn = line`What has been reached is kept; to go on, run this again.`

function describeWaits(authority: string, phase: string, waits: readonly RotationWait[]): Shown {
  const restarts = waits.length > 0 && waits.every(({ what }) => what === 'pool')
  const head = restarts
    ? line`The rotation of ${authority} goes on when these have been restarted (phase ${phase}):`
    : line`The rotation of ${authority} waits (phase ${phase}):`
  return asLines(head, ...waits.map((wait) => `  ${describeWait(wait)}`), goOn)
}
