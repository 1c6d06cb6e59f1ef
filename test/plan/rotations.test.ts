import { describe, expect, it } from 'vitest'
import type { Desired } from '../../src/model/desired.ts'
import { makePlan, type PlanInput } from '../../src/plan/plan.ts'
import { makeStatus } from '../../src/plan/status.ts'
import { differenceOf, pairDifference } from '../support/difference.ts'
import { rotationFact } from '../support/rotation.ts'

function inputWith(readOnlyHosts: readonly string[] = []): PlanInput {
  const desired = { inputs: [], hosts: {}, plays: [], readOnlyHosts, allowed: {} } satisfies Desired
  const pairs = [pairDifference('etcd-ca', [], { rotation: rotationFact() }), pairDifference('other-ca', [])]
  return { desired, actual: { hosts: {} }, difference: differenceOf({ pairs }), at: new Date() }
}

describe.each([
  ['a plan', makePlan],
  ['a status', makeStatus],
] as const)('%s', (_what, make) => {
  it('has the rotations, and no others', () => {
    expect(make(inputWith()).rotations).toMatchObject([{ authority: 'etcd-ca', phase: 'sign' }])
  })

  it('shows the hosts that the run is about', () => {
    const hosts = make(inputWith(['node-1'])).rotations[0]?.hosts
    expect(hosts?.map(({ host }) => host)).toEqual(['node-2'])
  })
})
