import { expect, it } from 'vitest'
import { findCondition } from '../../src/alarms/condition.ts'
import type { View } from '../../src/alarms/view.ts'
import { wantedAlarms } from '../../src/alarms/wanted.ts'
import type { Reason } from '../../src/model/change.ts'
import type { Difference, FileDifference, PairDifference } from '../../src/model/difference.ts'
import { calm, rulesOf } from '../support/alarms.ts'
import {
  differenceOf,
  pairDifference,
  placementDifference,
  serviceDifference,
} from '../support/difference.ts'
import { rotating, rotationOf } from '../support/rotating.ts'

const { at } = calm
const later = '2027-11-23T00:00:00Z'
const past = '2026-11-22T00:00:00Z'
const views: readonly View[] = ['planned', 'found', 'left']
const reason = (code: Reason['code']): Reason => ({ code, message: code })
const written = { write: 'content', reasons: [reason('chain-differs')] } as const
const held = { write: 'nothing', withheld: 'content' } as const

const anchor = (
  file: Partial<FileDifference> = written,
  found: Parameters<typeof placementDifference>[2] = later,
) => rotating([placementDifference('n', 'ca', found, file)], rotationOf())
const issue = (...codes: Reason['code'][]) => ({
  issue: { reasons: codes.map(reason), reuseKey: false, notBefore: at, notAfter: new Date(later) },
})
const leaf = (codes: Reason['code'][], file: Partial<FileDifference> = { write: 'content' }, host = 'n') =>
  pairDifference('leaf', [placementDifference(host, 'leaf', later, file)], {
    ...issue(...codes),
    pair: { authority: 'authority/ca' },
  })
const intermediate = (codes: Reason['code'][]): PairDifference =>
  pairDifference('sub', [placementDifference('n', 'sub', later, { write: 'content' })], {
    ...issue(...codes),
    pair: { id: 'authority/sub', kind: 'authority', authority: 'authority/ca' },
  })
const generation = (found: Parameters<typeof placementDifference>[2], file: Partial<FileDifference> = {}) =>
  pairDifference('ca.previous', [placementDifference('n', 'ca.previous', found, file)], {
    pair: { id: 'authority/ca.previous', kind: 'authority', waiting: 'previous' },
  })
const restart = { action: 'restart', reasons: [reason('uses-changed')] } as const
const service = (over: Parameters<typeof serviceDifference>[3], ...uses: string[]) => {
  const made = serviceDifference('n', 'etcd', [], over)
  return {
    ...made,
    service: { ...made.service, uses: uses.map((pair) => ({ pair, effect: 'restart' as const })) },
  }
}

/** The ids that a difference comes to, but for the rotation's own. */
it.each<[string, Partial<Difference>, readonly [planned: string, found: string, left: string]]>([
  ['a file that the next phase writes', { pairs: [anchor()] }, ['', '', '']],
  ['a file that waits for its phase', { pairs: [anchor(held)] }, ['', '', '']],
  ['a file that is not there at all', { pairs: [anchor(written, 'absent')] }, ['', '', '250.003']],
  [
    'the same without a rotation',
    { pairs: [rotating([placementDifference('n', 'ca', later, written)], undefined)] },
    ['', '', '250.003'],
  ],
  ['a leaf that the new one comes to sign', { pairs: [anchor(), leaf(['issuer-differs'])] }, ['', '', '']],
  [
    'a leaf that is due, too',
    { pairs: [anchor(), leaf(['issuer-differs', 'expires-soon'])] },
    ['', '', '250.003'],
  ],
  [
    'a leaf of which the policy has changed',
    { pairs: [anchor(), leaf(['san-differs'])] },
    ['', '', '250.003'],
  ],
  ['a leaf that is not there', { pairs: [anchor(), leaf(['missing'])] }, ['', '', '250.003']],
  [
    'a leaf that another authority did not sign',
    {
      pairs: [
        anchor(),
        { ...leaf(['issuer-differs']), pair: { ...leaf([]).pair, authority: 'authority/other' } },
      ],
    },
    ['', '', '250.003'],
  ],
  [
    'a leaf below an intermediate',
    {
      pairs: [
        anchor(),
        intermediate(['issuer-differs']),
        { ...leaf(['chain-differs']), pair: { ...leaf([]).pair, authority: 'authority/sub' } },
      ],
    },
    ['', '', ''],
  ],
  ['a generation beside it that has expired', { pairs: [generation(past)] }, ['', '', '']],
  ['one that is to be taken away', { pairs: [generation(later, { write: 'removal' })] }, ['', '', '']],
  ['one that is to be made', { pairs: [generation('absent', held)] }, ['', '', '']],
  [
    'the authority itself, once it has expired',
    { pairs: [anchor({}, past)] },
    ['500.210', '500.210', '500.210'],
  ],
  [
    'a restart for the next phase',
    { pairs: [anchor()], services: [service(restart, 'authority/ca')] },
    ['', '', ''],
  ],
  [
    'a restart that waits for it',
    {
      pairs: [anchor(held)],
      services: [service({ withheld: 'restart', reasons: restart.reasons }, 'authority/ca')],
    },
    ['', '', ''],
  ],
  [
    'a restart that is owed from before',
    {
      pairs: [anchor()],
      services: [service({ ...restart, reasons: [reason('started-before-change')] }, 'authority/ca')],
    },
    ['', '250.003', '250.003'],
  ],
  [
    'a restart for something else, too',
    {
      pairs: [anchor(), leaf(['san-differs'])],
      services: [service(restart, 'authority/ca', 'certificate/leaf')],
    },
    ['', '', '250.003'],
  ],
  [
    'a problem in the middle of it',
    {
      pairs: [anchor(held)],
      problems: [{ host: 'n', address: 'n/authority/ca', code: 'unreadable', message: 'no', hint: '' }],
    },
    ['250.003', '250.003', '250.003'],
  ],
])('%s is a failed renewal, or is none', (_what, over, ids) => {
  const found = views.map((view) => {
    const condition = findCondition({ host: 'n', difference: differenceOf(over), at, view })
    const alarms = wantedAlarms(rulesOf(), condition).filter(({ id }) => id !== '500.220')
    return alarms.map(({ id }) => id).join(' ')
  })
  expect(found).toEqual(ids)
})

it('a failed renewal is over though phases remain', () => {
  const shared = pairDifference(
    'leaf',
    ['n', 'm'].map((host) => placementDifference(host, 'leaf', later, { write: 'content' })),
    { ...issue('issuer-differs'), pair: { authority: 'authority/ca' } },
  )
  const difference = differenceOf({ pairs: [anchor(), shared], services: [service(restart, 'authority/ca')] })
  const condition = findCondition({ host: 'n', difference, at, view: 'left' })
  expect(condition.behind).toEqual([])
  expect(condition.certificates.map(({ name, proved }) => [name, proved])).toEqual([
    ['ca', true],
    ['leaf', true],
  ])
})

it('a host that is out of sight is behind, rotation or not', () => {
  const [here, away] = ['n', 'm'].map((host) => placementDifference(host, 'leaf', later).placement)
  const shared = pairDifference('leaf', [placementDifference('n', 'leaf', later, { write: 'content' })], {
    ...issue('issuer-differs'),
    pair: { authority: 'authority/ca', placements: [here, away].filter((each) => each !== undefined) },
  })
  const difference = differenceOf({ pairs: [anchor(), shared] })
  expect(findCondition({ host: 'n', difference, at, view: 'left' }).behind).toEqual(['m'])
})
