import type { Certificate } from '../../src/model/certificate.ts'
import type { Rotation, RotationHost, RotationWait } from '../../src/model/difference.ts'
import type { PlannedRotation } from '../../src/model/plan.ts'
import { describeRotations } from '../../src/plan/rotations.ts'
import { pairDifference } from './difference.ts'

/** What is told of a trust anchor, and no more. */
export function anchor(generation: string, notAfter: string): Certificate {
  const subject = [
    { type: 'CN', value: 'etcd-ca' },
    ...(generation === 'a' ? [] : [{ type: 'serialNumber', value: generation }]),
  ]
  return { subject, fingerprint: generation.repeat(64), notAfter } as unknown as Certificate
}

export const oldAnchor = anchor('a', '2027-01-01T00:00:00Z')
export const newAnchor = anchor('b', '2037-01-01T00:00:00Z')

export function rotationFact(over: Partial<Rotation> = {}): Rotation {
  return {
    method: 'bridge',
    why: 'the old one is valid, and its path length allows it',
    phase: 'sign',
    advances: false,
    wanted: newAnchor,
    other: oldAnchor,
    signer: newAnchor,
    hosts: [hostOf('node-1'), hostOf('node-2', { file: 'unknown', pools: [], leaves: [] })],
    waits: [],
    isOverdue: false,
    ...over,
  }
}

export function hostOf(host: string, over: Partial<RotationHost> = {}): RotationHost {
  return {
    host,
    file: 'old',
    pools: [{ service: 'etcd', trusts: 'old', known: 'named' }],
    leaves: [
      { name: 'server', where: 'disk', signedBy: 'new' },
      { name: 'server', where: 'served', signedBy: 'old' },
      { name: 'peer', where: 'disk', signedBy: 'new' },
    ],
    ...over,
  }
}

export function waitFor(over: Partial<RotationWait> = {}): RotationWait {
  return { host: 'node-2', what: 'unobserved', message: 'it cannot be reached', ...over }
}

/** As a plan shows it. */
export function rotationOf({
  since,
  ...over
}: Omit<Partial<Rotation>, 'since'> & { since?: string } = {}): PlannedRotation {
  const rotation = rotationFact(since === undefined ? over : { ...over, since: new Date(since) })
  const pairs = [pairDifference('etcd-ca', [], { rotation, pair: { kind: 'authority' } })]
  const [planned] = describeRotations({ readOnlyHosts: [] }, { pairs })
  if (!planned) throw new Error('a pair with a rotation has one')
  return planned
}
