import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { makeRandom, seed } from '../faults/sampling.ts'
import { expectCode } from './expect-code.ts'
import { type Cluster, openCluster } from './loopback-cluster.ts'
import { expectSettled, expectWritten, readAuthority } from './rotation-judge.ts'
import { killRotation, type Position, tasks } from './rotation-kill.ts'

vi.setConfig({ testTimeout: 900_000 })

interface Turn extends Position {
  readonly method: 'bridge' | 'bundle'
  /** It is killed in the middle of the phase, instead of being stopped after it. */
  readonly killed: boolean
}

/** Every phase after which there is a way back; `FAULTS=all`: from the end and from the middle of each, else from one of both. */
function chooseTurns(): Turn[] {
  const random = makeRandom(seed)
  return (['bridge', 'bundle'] as const).flatMap((method) =>
    (['prepare', 'trust', 'sign', 'distrust'] as const).flatMap((phase): Turn[] => {
      const count = tasks[method][phase]
      if (count === undefined) return []
      // Before what `prepare` makes is there, there is nothing to go back from.
      const least = phase === 'prepare' ? 2 : 1
      const after = least + Math.floor(random() * (count - least))
      const both = [true, false].map((killed) => ({ method, phase, after, killed }))
      return process.env.FAULTS === 'all' ? both : both.slice(...(random() < 0.5 ? [0, 1] : [1]))
    }),
  )
}

const turns = chooseTurns().map((turn) => ({
  ...turn,
  where: turn.killed ? `${turn.after} tasks of ${turn.phase}, where it was killed` : turn.phase,
}))

describe('the rotation of a Root CA of three etcd members', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await openCluster({ rotation: 'method: auto' })
  })
  afterAll(() => cluster?.close())

  it.each(turns)('by $method goes back after $where', async ({ method, phase, after, killed }) => {
    cluster.setPolicy({ rotation: `method: ${method}` })
    const before = readAuthority(cluster)
    const earlier = cluster.restarts().length
    const load = await cluster.load()
    if (killed) expect(await killRotation(cluster, { phase, after })).toBe(true)
    else expectCode(await cluster.rotate('--until', phase), 0)
    expectCode(await cluster.rotate('--back'), 0)
    expectWritten(await load.count(), cluster.restarts().slice(earlier))
    await expectSettled(cluster, before)
  })
})
