import { expect, it } from 'vitest'
import { bootstrapped } from './cluster.ts'
import { anchorId, type Site } from './site.ts'

/** Keys that have to fit their certificates, and are neither there nor written. */
function findMissing(site: Site, { tasks }: ReturnType<Site['plan']>['plan']): string[] {
  return tasks.flatMap((task) =>
    task.kind === 'install'
      ? task.pairs
          .map(({ privateKey }) => privateKey)
          .filter((path) => !site.hosts.get(task.host)?.keys.has(path))
          .filter((path) => !task.files.some((file) => file.path === path))
      : [],
  )
}

it('a trust anchor whose key is lost is followed without it: no phase asks for the key', async () => {
  const site = await bootstrapped()
  site.hosts.get('control')?.keys.delete('/pki/ca.key')
  const seen: (string | undefined)[] = []
  for (let run = 0; run < 8; run += 1) {
    const { plan, difference } = site.plan({ pairs: [anchorId], wish: run === 0 ? 'begin' : 'go-on' })
    if (plan.tasks.length === 0) break
    seen.push(difference.pairs.find(({ rotation }) => rotation)?.rotation?.phase)
    expect(findMissing(site, plan)).toEqual([])
    await site.carryOut(plan)
  }
  expect(seen).toEqual(['prepare', 'trust', 'sign', 'distrust', 'finish'])
})

it('a trust anchor that has expired gets no successor beside it', async () => {
  const site = await bootstrapped()
  site.nowMs += 3651 * 86_400_000
  const { plan, difference } = site.plan({ pairs: [anchorId], wish: 'begin' })
  expect(difference.pairs.find(({ rotation }) => rotation)?.rotation?.refused).toMatch(/^it expired/)
  expect(plan.problems.map(({ code }) => code)).toContain('rotation-refused')
})
