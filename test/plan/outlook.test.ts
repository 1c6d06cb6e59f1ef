import { describe, expect, it } from 'vitest'
import type { Desired, DesiredPair, DesiredRotation, DesiredService } from '../../src/model/desired.ts'
import type { Rotation } from '../../src/model/difference.ts'
import { foreseeRotations } from '../../src/plan/outlook.ts'
import { formatOutlook } from '../../src/report/outlook-text.ts'
import { pairDifference } from '../support/difference.ts'
import { rotationFact } from '../support/rotation.ts'

const hosts = ['node-1', 'node-2', 'node-3']

/** Three hosts trust the authority, the first holds its key; each has a leaf, and a service that reads it by itself. */
function foresee(rotation: Partial<Rotation>, distrust: DesiredRotation['distrust'] = 'restart') {
  const place = (host: string, key: boolean, waiting: boolean) => ({
    host,
    copies: [],
    ...(key ? { privateKey: {} } : {}),
    ...(waiting ? { waiting: {} } : {}),
  })
  const authority = {
    id: 'authority/ca',
    name: 'ca',
    kind: 'authority',
    rotation: { distrust },
    placements: hosts.map((host, index) => place(host, index === 0, index === 0)),
  } as unknown as DesiredPair
  const leaves = hosts.map((host) => ({
    id: `certificate/leaf@${host}`,
    kind: 'certificate',
    authority: authority.id,
    placements: [place(host, true, false)],
  }))
  const services = hosts.map((host) => ({
    host,
    name: 'etcd',
    uses: [
      { pair: `certificate/leaf@${host}`, effect: 'hot' },
      { pair: authority.id, effect: 'restart' },
    ],
  })) as unknown as DesiredService[]
  const desired = { plays: [{ pairs: [authority, ...leaves], services }] } as unknown as Desired
  const difference = { ...pairDifference('ca', []), pair: authority, rotation: rotationFact(rotation) }
  return foreseeRotations(desired, { pairs: [difference, pairDifference('other', [])] })
}

describe('what is still to come of a rotation', () => {
  it('by bridge is one restart of each service', () => {
    expect(foresee({ phase: 'prepare' })).toMatchObject([
      { phase: 'prepare', certificates: 1, files: 2, restarts: 0, hosts: 1 },
      { phase: 'sign', certificates: 3, files: 6, restarts: 0, hosts: 3, seconds: 0 },
      { phase: 'distrust', certificates: 0, files: 3, restarts: 3, hosts: 3, seconds: 6 },
      { phase: 'finish', files: 5, restarts: 0 },
    ])
  })

  it('by bundle is two', () => {
    const outlook = foresee({ method: 'bundle', phase: 'prepare' })
    expect(outlook.map(({ phase, restarts }) => [phase, restarts])).toEqual([
      ['prepare', 0],
      ['trust', 3],
      ['sign', 0],
      ['distrust', 3],
      ['finish', 0],
    ])
    expect(outlook[2]?.begins).toBe('every file and every service trusts both')
  })

  it('is no restart where the old one is dropped whenever services start next', () => {
    const outlook = foresee({ phase: 'prepare' }, 'next_restart')
    expect(outlook.map(({ restarts }) => restarts)).toEqual([0, 0, 0, 0])
  })

  it('begins with the phase that is under way', () => {
    expect(foresee({ phase: 'distrust' }).map(({ phase }) => phase)).toEqual(['distrust', 'finish'])
    expect(foresee({ phase: 'turn' }).map(({ phase }) => phase)).toEqual([
      'turn',
      'sign',
      'distrust',
      'finish',
    ])
  })

  it('is shown as a table', () => {
    const text = formatOutlook(foresee({ phase: 'sign' }), { colour: false, verbose: false })
    expect(text).toBe(`still to come of the rotation of ca, at most:
PHASE     CERTIFICATES  FILES  RESTARTS  HOSTS  TIME       BEGINS WHEN
sign      3             6      0         3      seconds    at once
distrust  0             3      3         3      about 6 s  every certificate is signed by the new one
finish    0             5      0         3      seconds    no service trusts the old one any more
`)
  })
})
