import fc from 'fast-check'
import { expect, it } from 'vitest'
import { findBroken, grownOld } from './cluster.ts'
import { anchorId, type Site, type SiteOptions } from './site.ts'

/** What befalls one run: who is away, after how many tasks it is killed, and what somebody asked for. */
interface Run {
  readonly away: readonly number[]
  /** Where a restart comes to nothing. */
  readonly lying: readonly number[]
  readonly steps: number
  /** In which order hosts get their files. */
  readonly isBackwards: boolean
  readonly wish: 'none' | 'go-on' | 'back' | 'begin'
}

const some = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.uniqueArray(fc.nat(2), { maxLength: 2 }) },
)
const run = fc.record<Run>({
  away: some,
  lying: some,
  isBackwards: fc.boolean(),
  steps: fc.oneof(fc.constant(99), fc.nat(8)),
  wish: fc.oneof(
    { weight: 4, arbitrary: fc.constant<Run['wish']>('go-on') },
    { weight: 1, arbitrary: fc.constantFrom<Run['wish']>('none', 'back', 'begin') },
  ),
})

const kinds: readonly SiteOptions[] = [
  {},
  { pathLength: 0 },
  { heldBy: ['node-1', 'node-2'] },
  { heldBy: ['node-1'], pathLength: 0 },
  { isNamed: false },
]

async function carryOut(site: Site, { away, lying, steps, isBackwards, wish }: Run): Promise<void> {
  site.isBackwards = isBackwards
  const names = [...site.hosts.keys()].filter((name) => name !== 'control')
  names.forEach((name, index) => {
    const node = site.hosts.get(name)
    if (!node) return
    node.isReachable = !away.includes(index)
    node.isLying = lying.includes(index)
  })
  const request = wish === 'none' ? undefined : ({ pairs: [anchorId], wish } as const)
  const { plan } = site.plan(request)
  await site.carryOut(plan, steps, () => expect(findBroken(site)).toEqual([]))
  site.nowMs += 60_000
}

/** Everybody is there again, and is left to finish. */
async function settle(site: Site): Promise<void> {
  for (const node of site.hosts.values()) {
    node.isReachable = true
    node.isLying = false
  }
  for (let runs = 0; runs < 14; runs += 1) {
    const { plan } = site.plan({ pairs: [anchorId], wish: 'go-on' })
    if (plan.tasks.length === 0) return
    await site.carryOut(plan, undefined, () => expect(findBroken(site)).toEqual([]))
    site.nowMs += 60_000
  }
  throw new Error('it never settles')
}

it.each(kinds)(
  'whatever stops a rotation or turns it, all understand each other, and it comes to an end (%j)',
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 9 }), async (runs) => {
        const site = await grownOld(kind, { start: 'manual' })
        for (const each of runs) await carryOut(site, each)
        await settle(site)
        expect(
          site.plan().difference.pairs.some(({ rotation, pair }) => rotation?.wanted && pair.id === anchorId),
        ).toBe(false)
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 12) },
    )
  },
  400_000,
)
