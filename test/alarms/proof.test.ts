import { expect, it } from 'vitest'
import { compareAlarms } from '../../src/alarms/compute.ts'
import type { Condition } from '../../src/alarms/condition.ts'
import type { DesiredAlarms } from '../../src/model/desired.ts'
import { calm, rulesOf } from '../support/alarms.ts'

const leaf = { name: 'leaf', path: '/leaf.crt', notAfter: '2027-11-23T00:00:00Z', proved: true }
const other = { ...leaf, name: 'other' }
const failing = { failures: { renewal: ['leaf: no'], service: [] } }
const expired = { ...leaf, notAfter: '2026-11-22T00:00:00Z' }
const soon = { ...leaf, notAfter: '2026-12-01T00:00:00Z' }
const { notAfter: _, ...unreadable } = leaf

/** `500.210 leaf`: which alarm stands, and of what; and which then does. */
it.each<[why: string, Partial<Condition>, stood: string, stands: string[], rules?: Partial<DesiredAlarms>]>([
  ['a renewal is over', {}, '250.003', []],
  ['a service has not proved what it serves', { proved: false }, '250.003', ['250.003']],
  ['a host that shares a leaf does not have it', { behind: ['c-1'] }, '250.003', ['250.003']],
  ['the host could not be looked at', { seen: false }, '250.003', ['250.003']],
  ['the alarm has another id now', { ...failing, proved: false }, '900.001', ['250.003']],
  ['the policy wants none any more', { proved: false }, '250.003', [], { raised: false }],
  ['it is in order', { certificates: [leaf] }, '500.210 leaf', []],
  ['it has expired', { certificates: [expired] }, '500.210 leaf', ['500.210 leaf']],
  ['it cannot be read', { certificates: [unreadable] }, '500.210 leaf', ['500.210 leaf']],
  [
    'a service still serves the old one',
    { certificates: [{ ...leaf, proved: false }] },
    '500.210 leaf',
    ['500.210 leaf'],
  ],
  [
    'only a service of another one is not proved',
    { certificates: [leaf, { ...other, proved: false }], proved: false },
    '500.210 leaf',
    [],
  ],
  ['only a host that shares it is behind', { certificates: [leaf], behind: ['c-1'] }, '500.210 leaf', []],
  [
    'one of that name is in order, and another is not',
    { certificates: [leaf, { ...unreadable, path: '/b.crt' }] },
    '500.200 leaf',
    ['500.200 leaf'],
  ],
  ['it is no longer in the policy', { certificates: [other], proved: false }, '500.210 leaf', []],
  ['nothing is known of certificates', { certificates: [], seen: false }, '500.210 leaf', ['500.210 leaf']],
  [
    'what was to expire has',
    { certificates: [{ ...expired, proved: false }] },
    '500.200 leaf',
    ['500.210 leaf'],
  ],
  ['what had expired will again', { certificates: [soon] }, '500.210 leaf', ['500.200 leaf']],
  [
    'what had expired will again, and the old one is still served',
    { certificates: [{ ...soon, proved: false }] },
    '500.210 leaf',
    ['500.200 leaf', '500.210 leaf'],
  ],
])('where %s: %j', (_why, over, stood, stands, rules) => {
  const [id = '', certificate] = stood.split(' ')
  const what = certificate === undefined ? 'service=certwright' : `certificate=${certificate}`
  const alarm = {
    id,
    entity: `host=c-0.${what}`,
    severity: 'major',
    reason: '',
    repair: '',
    raisedAt: '2026-11-01T00:00:00.000Z',
    wantedBy: [{ policy: 'test', certificates: [] }],
    sinks: [],
  }
  const { record } = compareAlarms([rulesOf(rules)], { alarms: [alarm], sinks: [] }, { ...calm, ...over })
  const names = record.map((each) =>
    `${each.id}${each.entity.replace(/^.*(certificate=|service=.*)/, ' ')}`.trim(),
  )
  expect(names.sort()).toEqual(stands)
})
