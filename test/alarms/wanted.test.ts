import { describe, expect, it } from 'vitest'
import type { Condition } from '../../src/alarms/condition.ts'
import { wantedAlarms } from '../../src/alarms/wanted.ts'
import { calm, rulesOf } from '../support/alarms.ts'

const rules = rulesOf()
const { at } = calm
const causes = (renewal: string[], service: string[]) => ({ renewal, service })

describe('wantedAlarms', () => {
  it('wants none while everything is in order', () => {
    expect(wantedAlarms(rules, calm)).toEqual([])
  })

  it.each<[string, Condition['failures'], Condition['consequences'], string, string[]]>([
    ['a renewal that failed', causes(['leaf: no'], []), causes([], []), 'renewal failed', ['leaf: no']],
    ['a service that was not told', causes([], ['etcd: no']), causes([], []), 'not updated', ['etcd: no']],
    [
      'both',
      causes(['leaf: disk full'], ['etcd: no']),
      causes([], []),
      'renewal failed',
      ['etcd: no', 'leaf: disk full'],
    ],
    [
      'what only differs still',
      causes([], []),
      causes(['ca: expires-soon'], []),
      'renewal failed',
      ['ca: expires-soon'],
    ],
    [
      'a service that only waits',
      causes([], []),
      causes([], ['etcd: waits']),
      'not updated',
      ['etcd: waits'],
    ],
    [
      'a service that failed, and what was put back for it',
      causes([], ['kube-apiserver: did not come back in time']),
      causes(['ca: due', 'a: due'], ['etcd: waits']),
      'renewal failed A service failed.',
      ['kube-apiserver: did not come back in time', 'a: due', 'ca: due', 'etcd: waits'],
    ],
    [
      'causes of two lines, and twice',
      causes([`a\nb ${'ü'.repeat(300)}`, 'short', 'short'], []),
      causes(['short'], []),
      'renewal failed',
      ['short', `a b ${'ü'.repeat(300)}`],
    ],
  ])(
    'tells of %s, a line a cause, what is to be mended first',
    (_what, failures, consequences, reason, lines) => {
      const [alarm, ...more] = wantedAlarms(rules, { ...calm, failures, consequences })
      const words = reason === 'not updated' ? 'restart it' : 'mend it'
      expect(more).toEqual([])
      expect(alarm).toMatchObject({
        id: '250.003',
        entity: 'host=c-0.service=certwright',
        severity: 'major',
        reason,
      })
      expect(alarm?.repair.split('\n')).toEqual([...lines, words])
    },
  )

  it.each([
    ['30 days to live', '2026-12-23T00:00:00Z', []],
    ['a second less than 30 days', '2026-12-22T23:59:59Z', ['500.200']],
    ['nothing left', '2026-11-23T00:00:00Z', ['500.200']],
    ['expired a second ago', '2026-11-22T23:59:59Z', ['500.210']],
  ])('with %s', (_left, notAfter, ids) => {
    const certificates = [{ name: 'leaf', path: '/leaf.crt', notAfter, proved: true }]
    const wanted = wantedAlarms(rules, { ...calm, certificates })
    expect(wanted.map(({ id }) => id)).toEqual(ids)
    expect(wanted.map(({ entity }) => entity)).toEqual(ids.map(() => 'host=c-0.certificate=leaf'))
  })

  it('waits with a certificate that is renewed by itself until that is overdue', () => {
    const left = (days: number) => [
      {
        name: 'leaf',
        path: '/l',
        notAfter: new Date(at.getTime() + days * 86_400_000).toISOString(),
        renewBeforeSeconds: 15 * 86_400,
        proved: true,
      },
    ]
    expect(wantedAlarms(rules, { ...calm, certificates: left(15) })).toEqual([])
    expect(wantedAlarms(rules, { ...calm, certificates: left(14) })).toHaveLength(1)
  })
})
