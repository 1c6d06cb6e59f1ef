import { describe, expect, it } from 'vitest'
import { outlookExitCode, rotationExitCode } from '../../src/cli/rotate-exit.ts'
import {
  type Ending,
  type Look,
  maximumSteps,
  type Rotating,
  type Wanted,
  walkRotation,
} from '../../src/cli/rotate-walk.ts'
import type { DesiredRotation, RotateRequest } from '../../src/model/desired.ts'
import type { Rotation, RotationPhase, RotationWait } from '../../src/model/difference.ts'
import type { Plan } from '../../src/model/plan.ts'
import { pairDifference } from '../support/difference.ts'
import { rotationFact, waitFor } from '../support/rotation.ts'

const clock = { address: 'n/clock', host: 'n', code: 'clock-differs', message: 'm', hint: 'h' } as const

function rotating(
  phase: RotationPhase,
  over: Partial<Rotation> = {},
  name = 'etcd-ca',
  distrust: DesiredRotation['distrust'] = 'restart',
): Rotating {
  const rotation = rotationFact({ phase, advances: true, ...over })
  const desired = { method: 'auto', start: 'manual', distrust, overdueSeconds: 1 } as const
  return { ...pairDifference(name, [], { pair: { id: `authority/${name}`, rotation: desired } }), rotation }
}

/** Whose only task is told apart by its name; none: nothing but the alarms. */
function planOf(task: string | undefined, over: Partial<Plan> = {}): Plan {
  const tasks = [
    ...(task === undefined ? [] : [{ kind: 'install', id: task }]),
    { kind: 'alarms', id: 'alarms' },
  ]
  return { tasks, problems: [], unreachable: [], changes: [], ...over } as unknown as Plan
}

const lookOf = (rotations: readonly Rotating[], task?: string, over?: Partial<Plan>): Look => ({
  rotating: rotations,
  plan: planOf(task, over),
})

const nothing = lookOf([])
const bridge = ['prepare', 'sign', 'distrust', 'finish'] as const
const byPhase = (...phases: readonly RotationPhase[]) =>
  phases.map((phase) => lookOf([rotating(phase)], phase))

interface Script {
  readonly approves?: boolean
  readonly fails?: string
}

/** Sees one after the other, and the last again and again. */
async function walk(
  looks: readonly Look[],
  wanted: Partial<Wanted> = {},
  { approves = true, fails }: Script = {},
) {
  const requests: RotateRequest[] = []
  const done: string[] = []
  const ending = await walkRotation(
    {
      look: async (request) => {
        requests.push(request)
        return looks[Math.min(requests.length, looks.length) - 1] ?? nothing
      },
      approve: async () => approves,
      carryOut: async ({ plan }) => {
        const id = plan.tasks[0]?.id ?? ''
        done.push(id)
        return id !== fails
      },
    },
    { pairs: ['authority/etcd-ca'], wish: 'begin', ...wanted },
  )
  return { ending, why: ending.why, done, wishes: requests.map(({ wish }) => wish), requests }
}

describe('a rotation', () => {
  it('is carried out phase by phase until nothing is on its way, and begun once only', async () => {
    const { why, done, wishes } = await walk([...byPhase(...bridge), nothing])
    expect({ why, done }).toEqual({ why: 'done', done: [...bridge] })
    expect(wishes).toEqual(['begin', 'go-on', 'go-on', 'go-on', 'go-on'])
  })

  it('stops when the phase that was named is done', async () => {
    const { why, done } = await walk([...byPhase(...bridge), nothing], { until: 'sign' })
    expect({ why, done }).toEqual({ why: 'until', done: ['prepare', 'sign'] })
  })

  it('does nothing more where that phase had been done before', async () => {
    const { why, done } = await walk(byPhase('finish'), { until: 'sign' })
    expect({ why, done }).toEqual({ why: 'until', done: [] })
  })

  it('asks no more for those of one name that are where they were wanted', async () => {
    const [one, other] = [rotating('distrust', {}, 'a'), rotating('sign', {}, 'b')]
    const after = lookOf([rotating('distrust', {}, 'a'), rotating('distrust', {}, 'b')], 'x')
    const pairs = ['authority/a', 'authority/b']
    const { why, requests } = await walk([lookOf([one, other], '1'), lookOf([other], '2'), after], {
      pairs,
      until: 'sign',
    })
    expect(why).toBe('until')
    expect(requests.map((each) => each.pairs)).toEqual([pairs, ['authority/b'], pairs])
  })

  it('waits when nothing may go on', async () => {
    const waiting = lookOf([rotating('sign', { advances: false, waits: [waitFor()] })], 'renewal')
    const { why, done } = await walk([...byPhase('prepare'), waiting])
    expect({ why, done }).toEqual({ why: 'waits', done: ['prepare'] })
  })

  it('stops when a phase fails', async () => {
    const { why, done } = await walk(byPhase(...bridge), {}, { fails: 'sign' })
    expect({ why, done }).toEqual({ why: 'failed', done: ['prepare', 'sign'] })
  })

  it('stops when nobody says yes', async () => {
    expect(await walk(byPhase(...bridge), {}, { approves: false })).toMatchObject({
      why: 'declined',
      done: [],
    })
  })

  it('does not do the same to no effect for ever', async () => {
    const { why, done } = await walk(byPhase('prepare', 'sign', 'sign', 'sign'))
    expect({ why, done }).toEqual({ why: 'stuck', done: ['prepare', 'sign'] })
  })

  it('goes on in one phase as long as there is something else to do in it', async () => {
    const looks = ['node-1', 'node-2'].map((task) => lookOf([rotating('distrust')], task))
    expect(await walk([...looks, nothing])).toMatchObject({ why: 'done', done: ['node-1', 'node-2'] })
  })

  it('does not carry out a phase of which everything is refused', async () => {
    expect(await walk([lookOf([rotating('sign')])])).toMatchObject({ why: 'stuck', done: [] })
  })

  it('ends, whatever is planned', async () => {
    const looks = Array.from({ length: 50 }, (_, task) => lookOf([rotating('sign')], `${task}`))
    const { why, done } = await walk(looks)
    expect(why).toBe('stuck')
    expect(done).toHaveLength(maximumSteps)
  })

  it('that cannot begin is told apart from one that is done', async () => {
    expect(await walk([nothing])).toMatchObject({ why: 'absent', done: [] })
  })

  it('turns once: asked for a second time, it would turn again', async () => {
    const { why, wishes } = await walk([...byPhase('turn', 'sign', 'distrust', 'finish'), nothing], {
      wish: 'back',
    })
    expect(why).toBe('done')
    expect(wishes).toEqual(['back', 'go-on', 'go-on', 'go-on', 'go-on'])
  })

  it('goes on asking for the turn until there is one', async () => {
    const { wishes } = await walk([...byPhase('sign', 'turn', 'finish'), nothing], { wish: 'back' })
    expect(wishes).toEqual(['back', 'back', 'go-on', 'go-on'])
  })
})

describe('without overlap', () => {
  const atOnce = { wish: 'no-overlap' } as const

  it('there is one plan, and a look whether that was all', async () => {
    const { why, done, wishes } = await walk([lookOf([], 'all'), nothing], atOnce)
    expect({ why, done, wishes }).toEqual({ why: 'done', done: ['all'], wishes: ['no-overlap', 'go-on'] })
  })

  it('what is left waits', async () => {
    const left = lookOf([rotating('distrust', { advances: false })])
    expect(await walk([lookOf([], 'all'), left], atOnce)).toMatchObject({ why: 'waits', done: ['all'] })
  })

  it('nothing is done where everything is refused', async () => {
    expect(await walk([nothing], atOnce)).toMatchObject({ why: 'absent', done: [] })
  })
})

describe('the exit code is', () => {
  const away = { unreachable: [{ host: 'node-2', detail: 'refused' }] }
  const held = { unreachable: [{ host: 'node-2', detail: 'by x', why: 'held' }] } as const
  const waiting = (waits: readonly RotationWait[], over: Partial<Plan> = {}): Ending<Look> => ({
    why: 'waits',
    steps: 0,
    wish: 'go-on',
    look: lookOf([rotating('sign', { advances: false, waits })], undefined, over),
  })
  const pool = { host: 'node-1', what: 'pool', service: 'etcd' } as const
  const left = [waitFor(), waitFor(pool), waitFor({ host: 'node-1', what: 'file' })]
  const problem = {
    address: 'node-2/service/etcd',
    host: 'node-2',
    code: 'members-unseen',
    message: 'm',
    hint: 'h',
  } as const
  const unseen = { ...away, problems: [problem] }
  const leavingIn = (phase: RotationPhase): Ending<Look> => {
    const over = { advances: false, waits: [waitFor({ what: 'pool' })] }
    const look = lookOf([rotating(phase, over, 'etcd-ca', 'next_restart')])
    return { why: 'waits', steps: 0, wish: 'go-on', look }
  }
  const leaving = leavingIn('distrust')
  const ending = (why: Ending<Look>['why'], look = byPhase('sign')[0] ?? nothing): Ending<Look> => ({
    why,
    steps: 1,
    wish: 'go-on',
    look,
  })

  it.each<[number, string, Ending<Look>, number]>([
    [0, 'a rotation that is done', ending('done', nothing), 0],
    [10, 'one that is done, while an alarm stands', ending('done', nothing), 10],
    [0, 'a phase that was to be the last', ending('until'), 0],
    [0, 'a no', ending('declined'), 0],
    [0, 'a restart that the policy leaves to somebody else', leaving, 0],
    [7, 'a restart that nobody is going to do', waiting([waitFor({ what: 'pool' })]), 0],
    [7, 'a restart in a phase in which nobody may be left out', leavingIn('trust'), 0],
    [4, 'a host that is away', waiting([waitFor()], away), 4],
    [4, 'a host that was there a phase before', waiting([waitFor()], away), 0],
    [9, 'a host that another run holds', waiting([waitFor()], held), 0],
    [4, 'members and files that are left alone until a host is back', waiting(left, unseen), 0],
    [9, 'the same while another run holds it', waiting(left, { ...unseen, ...held }), 0],
    [7, 'a service that is none of its members', waiting([waitFor({ ...pool, service: 'api' })], unseen), 0],
    [7, 'a member that is not well', waiting([waitFor({ what: 'unhealthy' })]), 0],
    [7, 'a key that is not at hand', waiting([waitFor({ what: 'key' })]), 0],
    [7, 'a service that cannot be looked at on a host that can', waiting([waitFor()]), 0],
    [
      7,
      'both a restart and a member that is not well',
      waiting([waitFor({ what: 'pool' }), waitFor({ what: 'unhealthy' })]),
      0,
    ],
    [6, 'a failure', ending('failed'), 6],
    [130, 'a signal', ending('failed'), 130],
    [6, 'the same to no effect', ending('stuck'), 0],
    [
      7,
      'what guards refuse',
      ending('stuck', lookOf([rotating('sign')], undefined, { problems: [clock] })),
      0,
    ],
    [3, 'no way to go back on', { ...ending('absent', nothing), wish: 'back' }, 0],
    [7, 'one that cannot begin', ending('absent', nothing), 0],
    [4, 'one that cannot begin because a host is away', ending('absent', lookOf([], undefined, away)), 0],
  ])('%d after %s', (code, _what, end, last) => {
    expect(rotationExitCode(end, last, false)).toBe(code)
  })

  it('2 while phases remain, where that is asked for', () => {
    expect(rotationExitCode(ending('until'), 0, true)).toBe(2)
    expect(rotationExitCode(leaving, 0, true)).toBe(2)
    expect(rotationExitCode(waiting([waitFor()], away), 0, true)).toBe(4)
    expect(rotationExitCode(ending('done', nothing), 0, true)).toBe(0)
  })

  it('that of what holds it up, or 2, where it is only shown', () => {
    expect(outlookExitCode(byPhase('sign')[0] ?? nothing, false)).toBe(0)
    expect(outlookExitCode(byPhase('sign')[0] ?? nothing, true)).toBe(2)
    expect(outlookExitCode(nothing, true)).toBe(0)
    expect(outlookExitCode(waiting([waitFor({ what: 'unhealthy' })]).look, true)).toBe(7)
    expect(outlookExitCode(waiting([waitFor()], away).look, true)).toBe(4)
  })
})
