// Phase after phase of a rotation, until it is done or something holds it up. What looks, asks and changes is handed in.
import type { PairId, RotateRequest } from '../model/desired.ts'
import {
  type PairDifference,
  type Rotation,
  type RotationPhase,
  rotationPhases,
} from '../model/difference.ts'
import type { Plan } from '../model/plan.ts'

/** What was seen, and what would be done about it. */
export interface Look {
  readonly plan: Plan
  /** Of the pairs that were asked for: those that have a rotation. */
  readonly rotating: readonly Rotating[]
}

export type Rotating = PairDifference & { readonly rotation: Rotation }

export interface Walk<L extends Look> {
  readonly look: (request: RotateRequest) => Promise<L>
  /** Shows a plan that goes on, and asks; false: nobody said yes. */
  readonly approve: (look: L) => Promise<boolean>
  /** Carries it out; whether another look is worth it. */
  readonly carryOut: (look: L) => Promise<boolean>
}

export interface Wanted {
  readonly pairs: readonly PairId[]
  readonly wish: RotateRequest['wish']
  /** The last phase to be carried out; absent: all are. */
  readonly until?: RotationPhase
}

/**
 * `done`: nothing is on its way any more. `absent`: nothing has been, and nothing can begin. `until`: what was wanted is
 * reached. `waits`: nothing that may go on. `stuck`: nothing comes of it, or the same is to be done once more.
 */
export interface Ending<L extends Look> {
  readonly why: 'done' | 'absent' | 'until' | 'waits' | 'declined' | 'failed' | 'stuck'
  /** The last one. */
  readonly look: L
  /** How many plans were carried out. */
  readonly steps: number
  /** What the last look was for: `back` where it has not turned yet. */
  readonly wish: Wanted['wish']
}

/** No way has more phases, however often what is renewed in between makes for another plan. */
export const maximumSteps = 20

export async function walkRotation<L extends Look>(
  walk: Walk<L>,
  { pairs, wish: first, until }: Wanted,
): Promise<Ending<L>> {
  if (first === 'no-overlap') return replaceAtOnce(walk, pairs)
  let wish: Wanted['wish'] = first
  let last: string | undefined
  for (let steps = 0; ; steps += 1) {
    const { look, due } = await lookAt(walk.look, { pairs, wish }, until)
    const end = (why: Ending<L>['why']): Ending<L> => ({ why, look, steps, wish })
    if (look.rotating.length === 0) return end(steps > 0 ? 'done' : 'absent')
    if (due.length === 0) return end('until')
    if (!due.some(({ rotation }) => rotation.advances)) return end('waits')
    if (isEmpty(look.plan))
      return end(due.some(({ rotation }) => rotation.waits.length > 0) ? 'waits' : 'stuck')
    const planned = describeStep(look)
    if (planned === last || steps === maximumSteps) return end('stuck')
    last = planned
    if (!(await walk.approve(look))) return end('declined')
    if (!(await walk.carryOut(look))) return { ...end('failed'), steps: steps + 1 }
    wish = nextWish(wish, look.rotating)
  }
}

/** One plan; what is left of the old one afterwards is taken away like at the end of any rotation. */
async function replaceAtOnce<L extends Look>(
  { look, approve, carryOut }: Walk<L>,
  pairs: Wanted['pairs'],
): Promise<Ending<L>> {
  const wish = 'no-overlap'
  const before = await look({ pairs, wish })
  const end = (why: Ending<L>['why'], steps = 0): Ending<L> => ({ why, look: before, steps, wish })
  const waits = before.rotating.flatMap(({ rotation }) => rotation.waits)
  if (isEmpty(before.plan)) return end(waits.length > 0 ? 'waits' : 'absent')
  if (!(await approve(before))) return end('declined')
  if (!(await carryOut(before))) return end('failed', 1)
  const rest = await walkRotation({ look, approve, carryOut }, { pairs, wish: 'go-on' })
  return { ...rest, why: rest.why === 'absent' ? 'done' : rest.why, steps: rest.steps + 1 }
}

/** Back is asked for until there is a turn: asked once more, it would turn again. */
function nextWish(wish: Wanted['wish'], rotating: readonly Rotating[]): Wanted['wish'] {
  return wish === 'back' && !rotating.some(({ rotation }) => rotation.phase === 'turn') ? 'back' : 'go-on'
}

/** Where several go by one name, those that are where they were wanted are not asked for again. */
async function lookAt<L extends Look>(
  look: Walk<L>['look'],
  request: RotateRequest,
  until: RotationPhase | undefined,
): Promise<{ readonly look: L; readonly due: readonly Rotating[] }> {
  const isDue = ({ rotation }: Rotating) =>
    until === undefined || rotationPhases.indexOf(rotation.phase) <= rotationPhases.indexOf(until)
  const seen = await look(request)
  const due = seen.rotating.filter(isDue)
  if (due.length === 0 || due.length === seen.rotating.length) return { look: seen, due }
  const again = await look({ ...request, pairs: due.map(({ pair }) => pair.id) })
  return { look: again, due: again.rotating.filter(isDue) }
}

/** The same twice: nothing has come of it. Alarms are told anew as often as it takes. */
function describeStep({ plan, rotating }: Look): string {
  return JSON.stringify([rotating.map(({ pair, rotation }) => [pair.id, rotation.phase]), findWork(plan)])
}

function isEmpty(plan: Plan): boolean {
  return findWork(plan).length === 0
}

function findWork({ tasks }: Plan): Plan['tasks'] {
  return tasks.filter(({ kind }) => kind !== 'alarms')
}
