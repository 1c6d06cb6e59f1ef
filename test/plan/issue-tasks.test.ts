import { expect, it } from 'vitest'
import type { Certificate } from '../../src/model/certificate.ts'
import type { Origin, PlannedIssue } from '../../src/model/difference.ts'
import { makeIssueTasks } from '../../src/plan/issue-tasks.ts'
import { differenceOf, pairDifference, placementDifference } from '../support/difference.ts'

const issue: PlannedIssue = { reasons: [], reuseKey: false, notBefore: new Date(0), notAfter: new Date(1000) }
const certificate = (name: string) => ({ pem: `${name}\n`, fingerprint: name }) as unknown as Certificate

/** Made anew in this plan, by that authority. */
function made(name: string, authority: string) {
  const placement = placementDifference('node', name, 'absent', { write: 'content' })
  const origin = { host: 'node', placement: placement.placement, privateKeyPath: '/key' } as Origin
  const pair = { authority, key: { type: 'ECDSA', size: 256, rotation: 'always' } } as const
  return pairDifference(name, [placement], { issue, origin, pair: { id: name, ...pair } })
}

it('the bridge of a root follows whatever an intermediate signs that is made in the same plan', () => {
  const signs = { certificate: certificate('new'), others: [], bridge: certificate('bridge') }
  const root = pairDifference('root', [], {
    signs,
    pair: { id: 'root', key: { rotation: 'always' } as never },
  })
  const pairs = [root, made('below', 'root'), made('leaf', 'below')]
  const tasks = makeIssueTasks(differenceOf({ pairs }), [new Map([['node', 0]])])
  expect(tasks.map(({ pair, bridges }) => [pair, bridges])).toEqual([
    ['below', ['bridge\n']],
    ['leaf', ['bridge\n']],
  ])
})
