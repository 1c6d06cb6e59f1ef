import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { rotationPhases } from '../../src/model/difference.ts'
import { makeRandom, sampleEvery, seed } from '../faults/sampling.ts'
import { type Cluster, openCluster } from './loopback-cluster.ts'
import { expectSettled, expectWritten, readAuthority } from './rotation-judge.ts'
import { killRotation, type Position, tasks } from './rotation-kill.ts'

vi.setConfig({ testTimeout: 900_000 })

const laps = 2

/**
 * Rotations with a kill in each phase. Which tasks are the last ones before it follows from FAULTS_SEED (1); with FAULTS=all
 * there are so many rotations that every task is.
 */
function choosePositions(method: keyof typeof tasks): Position[][] {
  const phases = rotationPhases.filter((phase) => tasks[method][phase] !== undefined)
  const count = Math.max(...phases.map((phase) => tasks[method][phase] ?? 0))
  const random = makeRandom(seed)
  const offsets = new Map(phases.map((phase) => [phase, Math.floor(random() * count)]))
  const all = [...Array(count).keys()].map((lap) =>
    phases.map((phase) => ({
      phase,
      after: (lap + (offsets.get(phase) ?? 0)) % (tasks[method][phase] ?? 1),
    })),
  )
  return sampleEvery(Math.ceil(count / laps), all)
}

const rotations = (['bridge', 'bundle'] as const).flatMap((method) =>
  choosePositions(method).map((positions) => ({
    method,
    positions,
    described: positions.map(({ phase, after }) => `${after} tasks of ${phase}`).join(', '),
  })),
)

describe('the rotation of a Root CA of three etcd members', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await openCluster({ rotation: 'method: auto' })
  })
  afterAll(() => cluster?.close())

  it.each(rotations)(
    'by $method that is killed after $described comes to its end',
    async ({ method, positions }) => {
      cluster.setPolicy({ rotation: `method: ${method}` })
      const before = readAuthority(cluster)
      const earlier = cluster.restarts().length
      const load = await cluster.load()
      for (const position of positions) {
        expect(await killRotation(cluster, position), JSON.stringify(position)).toBe(true)
        rmSync(join(cluster.folder, 'state'), { recursive: true, force: true })
      }
      const codes = [(await cluster.rotate()).code]
      while (codes.at(-1) !== 0 && codes.length < 4) codes.push((await cluster.rotate()).code)
      expect(codes.at(-1), codes.join(', ')).toBe(0)
      expectWritten(await load.count(), cluster.restarts().slice(earlier))
      const after = readAuthority(cluster)
      expect(after.certificate).not.toBe(before.certificate)
      await expectSettled(cluster, after)
    },
  )
})
