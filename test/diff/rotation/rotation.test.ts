import { expect, it } from 'vitest'
import { findBroken, grownOld } from './cluster.ts'
import { anchorId, type Site, start } from './site.ts'

const phases = async (site: Site) => {
  const seen: string[] = []
  for (let run = 0; run < 12; run += 1) {
    const { plan, difference } = site.plan()
    const rotation = difference.pairs.find((each) => each.rotation)?.rotation
    if (plan.tasks.length === 0) return seen
    seen.push(rotation?.phase ?? 'none')
    await site.carryOut(plan, undefined, () => expect(findBroken(site)).toEqual([]))
  }
  return [...seen, 'never ends']
}

it('a trust anchor that is due gets its successor behind a bridge, with one restart a member', async () => {
  const site = await grownOld()
  expect(await phases(site)).toEqual(['prepare', 'sign', 'distrust', 'finish'])
  expect([...site.starts.values()]).toEqual([1, 1, 1])
  expect(site.hosts.get('node-1')?.certificates.get('/pki/peer.crt')?.certificates).toHaveLength(1)
  expect([...(site.hosts.get('control')?.certificates.keys() ?? [])]).toEqual(['/pki/ca.crt'])
})

it('with a bundle, with two', async () => {
  const site = await grownOld({ pathLength: 0 })
  expect(await phases(site)).toEqual(['prepare', 'trust', 'sign', 'distrust', 'finish'])
  expect([...site.starts.values()]).toEqual([2, 2, 2])
})

const next = (site: Site, wish: 'begin' | 'go-on' | 'back' = 'go-on') => {
  const { plan, difference } = site.plan({ pairs: [anchorId], wish })
  const rotation = difference.pairs.find((each) => each.rotation)?.rotation
  return {
    plan,
    rotation,
    carryOut: () => site.carryOut(plan, undefined, () => expect(findBroken(site)).toEqual([])),
  }
}

it('while one member has not taken up the bundle, nothing is signed by the new one', async () => {
  const site = await grownOld({ pathLength: 0 })
  await next(site, 'begin').carryOut()
  const node = site.hosts.get('node-3')
  if (node) node.isLying = true
  await next(site).carryOut()
  const { rotation, plan } = next(site)
  expect(rotation).toMatchObject({
    phase: 'trust',
    waits: [{ host: 'node-3', service: 'etcd', what: 'pool' }],
  })
  expect(plan.tasks.map(({ id }) => id)).toEqual(['restart node-3/service/etcd'])
})

it('what was signed behind a bridge is signed anew on the way back, before the bridge goes', async () => {
  const site = await grownOld()
  await next(site, 'begin').carryOut()
  await next(site).carryOut()
  await next(site, 'back').carryOut()
  const phases = []
  for (let look = next(site); look.plan.tasks.length > 0; look = next(site)) {
    phases.push(look.rotation?.phase)
    await look.carryOut()
  }
  expect(phases).toEqual(['sign', 'finish'])
})

it('waits for the next start of each member, where nobody is to be restarted, and changes nothing meanwhile', async () => {
  const site = await grownOld({ rotation: { distrust: 'next_restart' } })
  expect(await phases(site)).toEqual(['prepare', 'sign', 'distrust'])
  expect([...site.starts.values()]).toEqual([])
  for (const host of ['node-1', 'node-2', 'node-3']) start(site, host)
  expect(await phases(site)).toEqual(['finish'])
})

it('however often it is turned, what is issued anew on the way is not issued too often', async () => {
  const site = await grownOld()
  const issuances = [1, 2, 3].map((hours) => ({
    address: 'node-1/certificate/peer',
    at: new Date(site.nowMs - hours * 3_600_000).toISOString(),
    replaced: 'another',
    due: false,
  }))
  await next(site, 'begin').carryOut()
  const { plan } = site.plan({ pairs: [anchorId], wish: 'go-on' }, { issuances })
  expect(plan.problems).toEqual([])
  expect(plan.tasks.map(({ id }) => id)).toContain('issue certificate/peer@node-1')
})
