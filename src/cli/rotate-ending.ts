// What is said at the end of a rotation, or of a part of it: how it stands, and what to do next.
import type { RotateRequest } from '../model/desired.ts'
import { describeWait } from '../report/rotation-text.ts'
import { line, type Shown } from '../report/shown.ts'
import { asLines, tell } from './output.ts'
import type { Ending, Look } from './rotate-walk.ts'

interface Asked {
  readonly authority: string
  /** What the command line said. */
  readonly wish: RotateRequest['wish']
  /** By a signal. */
  readonly isInterrupted: boolean
}

export function tellEnding(ending: Ending<Look>, asked: Asked): void {
  tell(describeEnding(ending, asked))
}

function describeEnding(ending: Ending<Look>, asked: Asked): Shown {
  const { why, look, steps } = ending
  const { authority } = asked
  const phase = look.rotating[0]?.rotation.phase ?? ''
  const goOn = describeWayOn(ending, asked)
  if (asked.isInterrupted) return line`Stopped. ${goOn}`
  if (why === 'done') return describeDone(steps, authority)
  if (why === 'declined') return steps === 0 ? line`Nothing changed.` : line`Stopped before ${phase}. ${goOn}`
  if (why === 'until') return line`Stopped before ${phase}, as was asked. ${goOn}`
  if (why === 'waits') return describeWaits(ending, asked)
  if (why === 'absent') return describeAbsence(asked)
  if (asked.wish === 'no-overlap')
    return line`error: replacing ${authority} at once has failed: the result says where, and nothing is put back. Mend it, and go on without --no-overlap`
  const what = why === 'stuck' ? 'comes to no effect' : 'has failed'
  return asLines(
    `error: phase ${phase} of the rotation of ${authority} ${what}; whatever is in use is still trusted`,
    `  hint: mend what is named above. ${goOn}`,
  )
}

function describeDone(steps: number, authority: string): Shown {
  if (steps > 0) return line`The rotation of ${authority} is done.`
  return line`No rotation of ${authority} is on its way; to begin one, run this without --destroy-old-key.`
}

/** Who goes on with a way back asks for it no more, or it is turned once more. */
function describeWayOn({ wish, steps }: Ending<Look>, asked: Asked): Shown {
  if (asked.wish !== 'back') return line`What has been reached is kept; to go on, run this again.`
  if (wish !== 'back') return line`What has been reached is kept; to go on, run this again without --back.`
  return steps === 0
    ? line`Nothing has been turned; to do so, run this again.`
    : line`Whether it has turned, --plan without --back shows; once it has, go on without --back.`
}

function describeAbsence({ authority, wish }: Asked): Shown {
  if (wish === 'back')
    return line`error: no rotation of ${authority} is on its way: there is nothing to go back from`
  if (wish === 'go-on')
    return line`error: whether a rotation of ${authority} is on its way cannot be told: the plan says why`
  return line`error: no rotation of ${authority} can begin: the plan says what is in its way`
}

function describeWaits(ending: Ending<Look>, asked: Asked): Shown {
  const { rotating } = ending.look
  const phase = rotating[0]?.rotation.phase ?? ''
  const waits = rotating.flatMap(({ rotation }) => rotation.waits)
  // A guard refuses it, or it is held up by what is no part of it.
  if (waits.length === 0)
    return line`The rotation of ${asked.authority} cannot go on (phase ${phase}): the plan says what is in its way. ${describeWayOn(ending, asked)}`
  const restarts = waits.every(({ what }) => what === 'pool')
  const head = restarts
    ? line`The rotation of ${asked.authority} goes on when these have been restarted (phase ${phase}):`
    : line`The rotation of ${asked.authority} waits (phase ${phase}):`
  return asLines(head, ...waits.map((wait) => `  ${describeWait(wait)}`), describeWayOn(ending, asked))
}
