import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { expectCode } from './expect-code.ts'
import { type Cluster, openCluster } from './loopback-cluster.ts'
import { expectSettled, expectWritten, readAuthority } from './rotation-judge.ts'

vi.setConfig({ testTimeout: 900_000 })

describe('the Root CA of three etcd members with peer TLS', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await openCluster({ rotation: 'method: auto', validity: '500d' })
  })
  afterAll(() => cluster?.close())

  it('that is due is replaced over the nights by nothing but apply, one member at a time', async () => {
    cluster.setPolicy({ rotation: 'start: automatic', renewBefore: '600d' })
    const before = readAuthority(cluster)
    const load = await cluster.load()
    const restarts: number[] = []
    for (let night = 1; night <= 5; night += 1) {
      const earlier = cluster.restarts().length
      expectCode(await cluster.certwright('apply', '--auto-approve'), 0)
      restarts.push(cluster.restarts().length - earlier)
    }
    expectWritten(await load.count(), cluster.restarts())
    expect(restarts).toEqual([0, 0, 3, 0, 0])
    const after = readAuthority(cluster)
    expect(after.certificate).not.toBe(before.certificate)
    await expectSettled(cluster, after)
  })

  it.each([
    ['bridge', 3],
    ['bundle', 6],
  ])('is replaced by %s, with %i restarts, the leader last, and no write lost', async (method, count) => {
    cluster.setPolicy({ rotation: `method: ${method}` })
    const before = readAuthority(cluster)
    const earlier = cluster.restarts().length
    const load = await cluster.load()
    expectCode(await cluster.rotate(), 0)
    const restarts = cluster.restarts().slice(earlier)
    expectWritten(await load.count(), restarts)
    expect(restarts.map(({ led }) => led)).toEqual(
      Array(count / 3)
        .fill([false, false, true])
        .flat(),
    )
    const processes = [...restarts, ...cluster.members.map((each) => ({ pid: each.pid() }))]
    expect(new Set(processes.map(({ pid }) => pid)).size).toBe(count + 3)
    const after = readAuthority(cluster)
    expect(after.certificate).not.toBe(before.certificate)
    await expectSettled(cluster, after)
  })
})
