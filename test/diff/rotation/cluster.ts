// Clusters to begin with, and whether their members understand each other.
import { expect } from 'vitest'
import type { DesiredRotation } from '../../../src/model/desired.ts'
import { accepts } from '../../../src/x509/accepts.ts'
import { makeSite, type Site, type SiteOptions, start } from './site.ts'

type Chain = Parameters<typeof accepts>[0]
const day = 86_400_000

/** Every server's chain is accepted by every running member. */
export function findBroken(site: Site): string[] {
  const running = [...site.hosts].filter(([, { running: found }]) => found)
  return running.flatMap(([server, node]) => {
    const chain = node.certificates.get('/pki/peer.crt')?.certificates as Chain
    return running.flatMap(([client, { running: each }]) =>
      accepts(chain, each?.pool ?? [], new Date(site.nowMs)) ? [] : [`${client} refuses ${server}`],
    )
  })
}

export async function bootstrapped(options: SiteOptions = {}): Promise<Site> {
  const site = await makeSite(options)
  await site.carryOut(site.plan().plan)
  for (const [host, { certificates }] of site.hosts) if (certificates.has('/pki/peer.crt')) start(site, host)
  site.nowMs += 60_000
  site.starts.clear()
  expect(site.plan().plan.tasks).toEqual([])
  return site
}

/** Years later: the leaves have been renewed in the meantime, and the authority ends in twenty days. */
export async function grownOld(
  options: SiteOptions = {},
  rotation: Partial<DesiredRotation> = {},
): Promise<Site> {
  const site = await bootstrapped({ ...options, rotation: { ...options.rotation, ...rotation } })
  const end = site.nowMs + 3650 * day
  for (const days of [60, 20]) {
    site.nowMs = end - days * day
    for (const { running } of site.hosts.values()) if (running) running.startedMs = site.nowMs - 1000
    if (days > 30) await site.carryOut(site.plan().plan)
  }
  site.starts.clear()
  return site
}
