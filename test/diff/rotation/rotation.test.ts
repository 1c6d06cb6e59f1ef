import { expect, it } from 'vitest'
import { findBroken, grownOld } from './cluster.ts'
import type { Site } from './site.ts'

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
