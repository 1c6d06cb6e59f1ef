import { expect, it } from 'vitest'
import { accepts } from '../../../src/x509/accepts.ts'
import { makeSite, type Site, type SiteOptions, start } from './site.ts'

type Chain = Parameters<typeof accepts>[0]

/** Every server's chain is accepted by every running member. */
function findBroken(site: Site): string[] {
  const running = [...site.hosts].filter(([, { running }]) => running)
  return running.flatMap(([server, node]) => {
    const chain = node.certificates.get('/pki/peer.crt')?.certificates as Chain
    return running.flatMap(([client, { running: each }]) =>
      accepts(chain, each?.pool ?? [], new Date(site.nowMs)) ? [] : [`${client} refuses ${server}`],
    )
  })
}

async function bootstrapped(options: SiteOptions = {}): Promise<Site> {
  const site = await makeSite(options)
  await site.carryOut(site.plan().plan)
  for (const host of site.hosts.keys())
    if (site.hosts.get(host)?.certificates.has('/pki/peer.crt')) start(site, host)
  site.nowMs += 60_000
  site.starts.clear()
  expect(site.plan().plan.tasks).toEqual([])
  return site
}

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

const due = (site: Site) => {
  site.nowMs = Date.parse('2039-12-10T00:00:00Z')
  for (const host of site.hosts.keys()) {
    const node = site.hosts.get(host)
    if (node?.running) node.running.startedMs = site.nowMs - 1000
  }
}

it('a trust anchor that is due gets its successor behind a bridge, with one restart a member', async () => {
  const site = await bootstrapped()
  due(site)
  expect(await phases(site)).toEqual(['prepare', 'sign', 'distrust', 'finish'])
  expect([...site.starts.values()]).toEqual([1, 1, 1])
  expect(site.hosts.get('node-1')?.certificates.get('/pki/peer.crt')?.certificates).toHaveLength(1)
  expect([...(site.hosts.get('control')?.certificates.keys() ?? [])]).toEqual(['/pki/ca.crt'])
})

it('with a bundle, with two', async () => {
  const site = await bootstrapped({ pathLength: 0 })
  due(site)
  expect(await phases(site)).toEqual(['prepare', 'trust', 'sign', 'distrust', 'finish'])
  expect([...site.starts.values()]).toEqual([2, 2, 2])
})
