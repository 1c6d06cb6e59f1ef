import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { stepsOf } from '../../src/model/rotation-steps.ts'
import { sampleEvery, seed } from '../faults/sampling.ts'
import type { Ran } from '../support/certwright.ts'
import { expectCode } from './expect-code.ts'
import { type Cluster, openCluster } from './loopback-cluster.ts'
import { expectSettled, expectWritten, readAuthority } from './rotation-judge.ts'
import { killRotation } from './rotation-kill.ts'

vi.setConfig({ testTimeout: 900_000 })

const methods = ['bridge', 'bundle'] as const
const laps = 2
/** No phase of three members has more tasks: with so many rotations, every task of every phase has been the next one once. */
const mostTasks = 20

/**
 * Rotations with a kill in each phase. Which tasks come next then follows from FAULTS_SEED (1); with FAULTS=all there are so
 * many rotations that every task does.
 */
const rotations = methods.flatMap((method) =>
  sampleEvery(mostTasks / laps, [...Array(mostTasks).keys()]).map((lap) => ({ method, lap })),
)

describe('the rotation of a Root CA of three etcd members', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await openCluster({ rotation: 'method: auto' })
  })
  afterAll(() => cluster?.close())

  it.each(rotations)(
    'by $method that is killed in each phase comes to its end (lap $lap)',
    async ({ method, lap }) => {
      cluster.setPolicy({ rotation: `method: ${method}` })
      const before = readAuthority(cluster)
      const earlier = cluster.restarts().length
      const load = await cluster.load()
      for (const [index, phase] of stepsOf({ method, phase: 'prepare' }).entries()) {
        const after = ({ length }: { readonly length: number }) => (lap + index * seed) % length
        const { tasks } = await killRotation(cluster, { method, phase, after })
        expect(tasks).toBeLessThanOrEqual(mostTasks)
        rmSync(join(cluster.folder, 'state'), { recursive: true, force: true })
      }
      expectCode(await goOn(cluster), 0)
      expectWritten(await load.count(), cluster.restarts().slice(earlier))
      const after = readAuthority(cluster)
      expect(after.certificate).not.toBe(before.certificate)
      await expectSettled(cluster, after)
    },
  )
})

/** What has been over is not begun anew: there is nothing left but what every run does. */
async function goOn({ certwright, rotate }: Cluster): Promise<Ran> {
  const { rotations } = JSON.parse((await certwright('plan', '--format', 'json')).stdout)
  return rotations.length > 0 ? rotate() : certwright('apply', '--auto-approve')
}
