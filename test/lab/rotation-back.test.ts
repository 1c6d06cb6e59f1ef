import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, it, vi } from 'vitest'
import type { RotationPhase } from '../../src/model/difference.ts'
import { stepsOf } from '../../src/model/rotation-steps.ts'
import { makeRandom, seed } from '../faults/sampling.ts'
import { expectCode } from './expect-code.ts'
import { type Cluster, openCluster } from './loopback-cluster.ts'
import { expectSettled, expectWritten, readAuthority } from './rotation-judge.ts'
import { killRotation, type PlannedTask } from './rotation-kill.ts'

vi.setConfig({ testTimeout: 900_000 })

const methods = ['bridge', 'bundle'] as const
const random = makeRandom(seed)

/** After `finish` there is no way back. `FAULTS=all`: from the end and from the middle of each phase, else from one of both. */
const turns = methods.flatMap((method) =>
  stepsOf({ method, phase: 'prepare' })
    .filter((phase) => phase !== 'finish')
    .flatMap((phase) => {
      const share = random()
      const both = [true, false].map((isKilled) => ({ method, phase, isKilled, share }))
      const which = random() < 0.5 ? 'middle' : 'end'
      return both.filter(({ isKilled }) => process.env.FAULTS === 'all' || isKilled === (which === 'middle'))
    })
    .map((turn) => ({ ...turn, where: `${turn.isKilled ? 'the middle' : 'the end'} of ${turn.phase}` })),
)

/** Somewhere in the phase; before what is wanted lies there, there is nothing to go back from. */
function chooseMiddle(tasks: readonly PlannedTask[], phase: RotationPhase, share: number): number {
  const made = tasks.findIndex(({ kind }) => kind === 'install') + 1
  const least = phase === 'prepare' ? made : 1
  return least + Math.floor(share * (tasks.length - least))
}

describe('the rotation of a Root CA of three etcd members', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await openCluster({ rotation: 'method: auto' })
  })
  afterAll(() => cluster?.close())
  // So many successors in a day, if they were all of one log, would be taken for a loop.
  beforeEach(() => rmSync(join(cluster.folder, 'state'), { recursive: true, force: true }))

  it.each(turns)('by $method goes back from $where', async ({ method, phase, isKilled, share }) => {
    cluster.setPolicy({ rotation: `method: ${method}` })
    const before = readAuthority(cluster)
    const earlier = cluster.restarts().length
    const load = await cluster.load()
    if (isKilled)
      await killRotation(cluster, { method, phase, after: (tasks) => chooseMiddle(tasks, phase, share) })
    else expectCode(await cluster.rotate('--until', phase), 0)
    expectCode(await cluster.rotate('--back'), 0)
    expectWritten(await load.count(), cluster.restarts().slice(earlier))
    await expectSettled(cluster, before)
  })
})
