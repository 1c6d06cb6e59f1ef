import { expect, it } from 'vitest'
import type { Desired, DesiredPair } from '../../../src/model/desired.ts'
import { authorityProfile, issue } from '../../support/issue.ts'
import { bootstrapped } from './cluster.ts'
import { anchorId, type Site } from './site.ts'

/** From now on the policy supplies another CA. */
async function supply(site: Site): Promise<void> {
  const { certificate } = await issue({
    ...authorityProfile,
    notAfter: '2060-01-01T00:00:00Z',
  })
  const { spkiSha256 } = certificate.publicKey
  const source = { file: 'policy.yml', line: 1, col: 1 }
  const supplied = {
    certificates: [certificate],
    spkiSha256,
    key: { kind: 'file', path: '/ca.key' },
    source,
  } as const
  const give = (pair: DesiredPair) => (pair.id === anchorId ? { ...pair, supplied } : pair)
  const guards = [{ name: 'authorities', allowed: 0, counts: 'replaced', source }] as const
  const { desired } = site as { desired: Desired }
  const plays = desired.plays.map((play) => ({ ...play, guards, pairs: play.pairs.map(give) }))
  ;(site as { desired: Desired }).desired = { ...desired, plays }
}

it('a CA that is supplied in place of another comes phase by phase, and no guard counts that', async () => {
  const site = await bootstrapped()
  await supply(site)
  const first = site.plan()
  expect(first.difference.pairs.find(({ rotation }) => rotation)?.rotation?.phase).toBe('trust')
  await site.carryOut(first.plan)
  const { plan, difference } = site.plan()
  expect(plan.problems).toEqual([])
  expect(difference.pairs.find(({ rotation }) => rotation)?.rotation?.phase).toBe('sign')
})
