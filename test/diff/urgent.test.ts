import { describe, expect, it } from 'vitest'
import { makeEngine, smallPolicy, start } from '../support/engine.ts'

const later = (days: number) => new Date(Date.parse(start) + days * 86_400_000).toISOString()

describe('a leaf that a host shares on which another run is at work', () => {
  it.each([
    ['is waited for', 98.4, [], ['node-1/certificate/leaf depends-on-held']],
    ['in its last days is made without that host', 98.6, ['node-1/certificate/leaf'], []],
    ['once it has expired, too', 101, ['node-1/certificate/leaf'], []],
  ])('%s', async (_what, days, made, problems) => {
    const engine = await makeEngine(smallPolicy('scope: shared'), ['node-1', 'node-2'])
    await engine.apply()
    const { plan, result } = await engine.night(later(days), { held: ['node-2'] })
    expect(plan.problems.map(({ address, code }) => `${address} ${code}`)).toEqual(problems)
    const renewed = result.outcomes.filter(({ action }) => action === 'renew')
    expect(renewed.map(({ address }) => address)).toEqual(made)
    await engine.apply(later(days))
    expect(engine.read('pki/leaf.crt', 'node-2')).toEqual(engine.read('pki/leaf.crt', 'node-1'))
  })
})
