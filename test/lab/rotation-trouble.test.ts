import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { expectCode } from './expect-code.ts'
import { type Cluster, openCluster } from './loopback-cluster.ts'
import { expectSettled, expectWritten, readAuthority } from './rotation-judge.ts'

vi.setConfig({ testTimeout: 900_000 })

const lies = [
  { method: 'bridge', phase: 'distrust', before: 'sign' },
  { method: 'bundle', phase: 'trust', before: 'prepare' },
  { method: 'bundle', phase: 'distrust', before: 'sign' },
] as const

describe('the rotation of a Root CA of three etcd members', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await openCluster({ rotation: 'method: auto' })
  })
  afterAll(() => cluster?.close())
  beforeEach(() => cluster.forget())

  const lieAbout = (what: Parameters<(typeof cluster.members)[number]['lieAbout']>[0]) => {
    for (const member of cluster.members) member.lieAbout(what)
  }
  const owed = async (): Promise<string[]> => {
    const { changes } = JSON.parse((await cluster.certwright('plan', '--format', 'json')).stdout)
    return changes.flatMap((each: { action: string; host: string }) =>
      each.action === 'restart' ? [each.host] : [],
    )
  }
  const expectFinished = async () => {
    expectCode(await cluster.rotate(), 0)
    await expectSettled(cluster, readAuthority(cluster))
  }

  it.each(lies)(
    'by $method finds out by whom it trusts that a member was not restarted in $phase, and still owes it',
    async ({ method, phase, before }) => {
      cluster.setPolicy({ rotation: `method: ${method}` })
      expectCode(await cluster.rotate('--until', before), 0)
      const earlier = cluster.restarts().length
      const load = await cluster.load()
      lieAbout('restart uptime')
      cluster.setPolicy({ rotation: `method: ${method}`, deadline: '6s', onFailure: 'keep' })
      const ran = await cluster.rotate()
      expectCode(ran, 6)
      expect(ran.stderr).toContain(`phase ${phase} of the rotation of etcd-ca`)
      const [, failed] = /restart +(node-\d)\/service\/etcd +failed/.exec(ran.stdout) ?? []
      expect(await owed()).toContain(failed)
      lieAbout(undefined)
      cluster.setPolicy({ rotation: `method: ${method}` })
      expectCode(await cluster.rotate('--until', phase), 0)
      const restarts = cluster.restarts().slice(earlier)
      expect(restarts).toHaveLength(3)
      expectWritten(await load.count(), restarts)
      await expectFinished()
    },
  )

  it.each(lies)(
    'by $method puts back the files of a member that has not started again in $phase',
    async ({ method, before }) => {
      cluster.setPolicy({ rotation: `method: ${method}` })
      expectCode(await cluster.rotate('--until', before), 0)
      const earlier = cluster.restarts().length
      lieAbout('restart')
      cluster.setPolicy({ rotation: `method: ${method}`, deadline: '4s' })
      const ran = await cluster.rotate()
      expectCode(ran, 6)
      expect(ran.stdout).toContain('not restarted')
      expect(cluster.restarts()).toHaveLength(earlier)
      lieAbout(undefined)
      cluster.setPolicy({ rotation: `method: ${method}` })
      expectCode(await cluster.rotate('--plan', '--detailed-exitcode'), 2)
      await expectFinished()
    },
  )

  it.each([
    ['bridge', 'prepare'],
    ['bundle', 'trust'],
    ['bundle', 'sign'],
  ])('by %s restarts no member after %s while another one is down', async (method, until) => {
    cluster.setPolicy({ rotation: `method: ${method}` })
    expectCode(await cluster.rotate('--until', until), 0)
    const [, , down] = cluster.members
    const earlier = cluster.restarts().length
    down?.stop()
    const ran = await cluster.rotate()
    expectCode(ran, 7)
    expect(ran.stdout).toContain('etcd is not well here, and it would be told on node-1, node-2')
    expect(cluster.restarts()).toHaveLength(earlier)
    down?.start()
    await cluster.ready()
    await expectFinished()
  })
})
