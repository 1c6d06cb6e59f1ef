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

const day = 86_400_000

/** Years later: the leaves have been renewed in the meantime, and the authority ends in twenty days. */
async function grownOld(options: SiteOptions = {}): Promise<Site> {
  const site = await bootstrapped(options)
  const end = site.nowMs + 3650 * day
  for (const days of [60, 20]) {
    site.nowMs = end - days * day
    for (const { running } of site.hosts.values()) if (running) running.startedMs = site.nowMs - 1000
    if (days > 30) await site.carryOut(site.plan().plan)
  }
  site.starts.clear()
  return site
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
