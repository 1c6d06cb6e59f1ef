import { describe, expect, it } from 'vitest'
import { findCondition } from '../../src/alarms/condition.ts'
import type { View } from '../../src/alarms/view.ts'
import { wantedAlarms } from '../../src/alarms/wanted.ts'
import type { Problem, Reason } from '../../src/model/change.ts'
import type { Difference } from '../../src/model/difference.ts'
import { calm, rulesOf } from '../support/alarms.ts'
import {
  differenceOf,
  pairDifference,
  placementDifference,
  serviceDifference,
} from '../support/difference.ts'

const { at } = calm
const views: readonly View[] = ['planned', 'found', 'left']
const later = '2027-11-23T00:00:00Z'
const soon = '2026-12-01T00:00:00Z'
const past = '2026-11-22T00:00:00Z'
const reason = (code: Reason['code']): Reason => ({ code, message: code })
const issue = { reasons: [reason('expires-soon')], reuseKey: false, notBefore: at, notAfter: new Date(later) }
const written = { write: 'content' } as const
const waiting = { write: 'nothing', withheld: 'content' } as const
const problem = { host: 'n', address: 'n/certificate/leaf', code: 'unreadable', message: 'no' } as Problem
const restart = { action: 'restart', reasons: [reason('uses-changed')] } as const
const owing = {
  action: 'restart',
  reasons: [reason('started-before-change'), reason('uses-changed')],
} as const

/** The ids of what a difference comes to, by view. */
it.each<
  [
    what: string,
    difference: Partial<Difference>,
    ids: readonly [planned: string, found: string, left: string],
  ]
>([
  ['nothing', {}, ['', '', '']],
  [
    'a leaf that is to be made',
    { pairs: [pairDifference('leaf', [placementDifference('n', 'leaf', 'absent', written)], { issue })] },
    ['', '', '250.003'],
  ],
  [
    'a leaf that is due',
    { pairs: [pairDifference('leaf', [placementDifference('n', 'leaf', soon, written)], { issue })] },
    ['', '', '250.003 500.200'],
  ],
  [
    'one that has expired',
    { pairs: [pairDifference('leaf', [placementDifference('n', 'leaf', past, written)], { issue })] },
    ['', '500.210', '250.003 500.210'],
  ],
  [
    'one that is due and waits',
    { pairs: [pairDifference('leaf', [placementDifference('n', 'leaf', soon, waiting)])] },
    ['250.003 500.200', '250.003 500.200', '250.003 500.200'],
  ],
  ['a problem', { problems: [problem] }, ['250.003', '250.003', '250.003']],
  [
    'a restart for what is to be changed',
    { services: [serviceDifference('n', 's', [], restart)] },
    ['', '', '250.003'],
  ],
  ['one that is owed', { services: [serviceDifference('n', 's', [], owing)] }, ['', '250.003', '250.003']],
  [
    'one that waits',
    {
      services: [serviceDifference('n', 's', [], { withheld: 'restart', reasons: [reason('uses-changed')] })],
    },
    ['250.003', '250.003', '250.003'],
  ],
  [
    'one that only somebody else can do',
    { services: [serviceDifference('n', 's', [], { unfit: ['serves another'] })] },
    ['250.003', '250.003', '250.003'],
  ],
  [
    'one that only somebody else will be able to do',
    { services: [serviceDifference('n', 's', [], { toDo: ['leaf changes'] })] },
    ['250.003', '', ''],
  ],
])('%s comes to different alarms in a plan, in a status and after a run', (_what, over, ids) => {
  const found = views.map((view) => {
    const condition = findCondition({ host: 'n', difference: differenceOf(over), at, view })
    return wantedAlarms(rulesOf(), condition)
      .map(({ id }) => id)
      .join(' ')
  })
  expect(found).toEqual(ids)
})

it('tells a problem once, however much of its name is in another one’s', () => {
  const names = ['leaf', 'lea']
  const pairs = names.map((name) => pairDifference(name, [placementDifference('n', name, later, waiting)]))
  const difference = differenceOf({ pairs, problems: [problem] })
  const { failures, consequences } = findCondition({ host: 'n', difference, at, view: 'left' })
  expect(failures.renewal).toEqual(['certificate leaf: no'])
  expect(consequences.renewal).toEqual(['lea: '])
})

describe('a certificate', () => {
  const prove = (found: string, services: Difference['services'], view: View = 'left') => {
    const pairs = [pairDifference('leaf', [placementDifference('n', 'leaf', found)])]
    const difference = differenceOf({ pairs, services })
    return findCondition({ host: 'n', difference, at, view }).certificates
  }

  it.each([
    ['by nobody', [], true],
    ['by one that serves it', [serviceDifference('n', 's', ['leaf'])], true],
    ['by one that does not', [serviceDifference('n', 's', ['leaf'], { proved: false })], false],
    ['by one that owes a restart', [serviceDifference('n', 's', ['leaf'], owing)], false],
    ['by one that waits', [serviceDifference('n', 's', ['leaf'], { withheld: 'restart' })], false],
    [
      'by one that somebody else has to tell',
      [serviceDifference('n', 's', ['leaf'], { unfit: ['no'] })],
      false,
    ],
    ['on another host only', [serviceDifference('m', 's', ['leaf'], { proved: false })], true],
    [
      'beside one that serves nothing of it',
      [serviceDifference('n', 's', ['other'], { proved: false })],
      true,
    ],
  ])('used %s is proved, or not', (_how, services, proved) => {
    expect(prove(later, services)).toMatchObject([{ name: 'leaf', notAfter: later, proved }])
  })

  it('that cannot be read has no end', () => {
    expect(prove('unreadable', [])).toEqual([expect.not.objectContaining({ notAfter: expect.anything() })])
  })
})

describe('hosts that share a leaf', () => {
  const here = placementDifference('n', 'leaf', later)
  const there = (file: Parameters<typeof placementDifference>[3]) =>
    placementDifference('m', 'leaf', later, file)
  it.each<[string, Difference['pairs'][number], Partial<Difference>, readonly [string, string, string]]>([
    ['and have it', pairDifference('leaf', [here, there({})]), {}, ['', '', '']],
    ['and will get it', pairDifference('leaf', [here, there(written)]), {}, ['', '', 'm']],
    [
      'and are left alone',
      pairDifference('leaf', [here, there(written)]),
      { idleHosts: new Set(['m']) },
      ['m', 'm', 'm'],
    ],
    ['and wait for it', pairDifference('leaf', [here, there(waiting)]), {}, ['m', 'm', 'm']],
    ['and differ in a mode', pairDifference('leaf', [here, there({ write: 'metadata' })]), {}, ['', '', '']],
    [
      'and are out of sight',
      pairDifference('leaf', [here], { pair: { placements: [here.placement, there({}).placement] } }),
      {},
      ['m', 'm', 'm'],
    ],
    [
      'and do not, for it is an authority',
      pairDifference('ca', [here, there(waiting)], { pair: { kind: 'authority' } }),
      {},
      ['', '', ''],
    ],
  ])('%s', (_how, pair, over, behind) => {
    const difference = differenceOf({ pairs: [pair], ...over })
    expect(views.map((view) => findCondition({ host: 'n', difference, at, view }).behind.join())).toEqual(
      behind,
    )
  })
})
