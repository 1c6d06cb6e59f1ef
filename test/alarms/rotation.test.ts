import { describe, expect, it } from 'vitest'
import { compareAlarms } from '../../src/alarms/compute.ts'
import { findCondition } from '../../src/alarms/condition.ts'
import { raiseIn } from '../../src/alarms/sinks.ts'
import type { View } from '../../src/alarms/view.ts'
import { wantedAlarms } from '../../src/alarms/wanted.ts'
import type { StandingAlarm } from '../../src/model/actual.ts'
import type { Certificate } from '../../src/model/certificate.ts'
import type { DesiredAlarms, DesiredRotation } from '../../src/model/desired.ts'
import type { PairDifference, Rotation } from '../../src/model/difference.ts'
import { calm, rulesOf } from '../support/alarms.ts'
import { differenceOf, pairDifference, placementDifference } from '../support/difference.ts'
import { rotating, rotationOf } from '../support/rotating.ts'

const { at } = calm
const later = '2030-11-23T00:00:00Z'
const here = placementDifference('n', 'ca', later)
const endingIn = (seconds: number) =>
  ({ notAfter: new Date(at.getTime() + seconds * 1000).toISOString() }) as Certificate
const month = 30 * 86_400
/** Nothing is due. */
const askedFor = { phase: 'prepare', reasons: [] } as const

const conditionOf = (pairs: readonly PairDifference[], host = 'n', view: View = 'left') =>
  findCondition({ host, difference: differenceOf({ pairs }), at, view })
const wantedOf = (pair: PairDifference, rules: Partial<DesiredAlarms> = {}, host?: string, view?: View) =>
  wantedAlarms(rulesOf(rules), conditionOf([pair], host, view))

describe('the alarm about a rotation', () => {
  it('stands on every host that has the authority, and on no other', () => {
    const there = placementDifference('m', 'ca', later)
    const pair = rotating([here, there], rotationOf())
    const found = ['n', 'm', 'o'].flatMap((host) => wantedOf(pair, {}, host))
    expect(found.map(({ id, entity, severity }) => [id, entity, severity])).toEqual([
      ['500.220', 'host=n.authority=ca', 'minor'],
      ['500.220', 'host=m.authority=ca', 'minor'],
    ])
  })

  it('does not stand where none is on its way or due', () => {
    expect(wantedOf(rotating([here], undefined))).toEqual([])
  })

  it.each<[string, View, Partial<Rotation>, number]>([
    ['a status', 'found', { phase: 'finish', advances: true }, 1],
    ['a run that has not finished it', 'left', { phase: 'finish', advances: true }, 1],
    ['a plan that finishes it', 'planned', { phase: 'finish', advances: true }, 0],
    ['a plan that does not', 'planned', { phase: 'finish' }, 1],
    ['a plan after which another phase remains', 'planned', { phase: 'distrust', advances: true }, 1],
    ['a plan that begins what somebody asked for', 'planned', { ...askedFor, advances: true }, 1],
    ['a plan that does not begin it', 'planned', askedFor, 0],
    ['a run that has not begun it', 'left', { ...askedFor, advances: true }, 0],
  ])('is foreseen by what %s shows', (_what, view, over, count) => {
    expect(wantedOf(rotating([here], rotationOf(over)), {}, 'n', view)).toHaveLength(count)
  })

  it.each<[string, Partial<Rotation>, Partial<PairDifference>, string]>([
    ['all goes its way', { other: endingIn(month) }, {}, 'minor'],
    ['it is overdue', { isOverdue: true }, {}, 'major'],
    ['the old one ends a second before 30 days are over', { other: endingIn(month - 1) }, {}, 'major'],
    ['the old one has ended', { other: endingIn(-1) }, {}, 'major'],
    ['none is begun', { phase: 'prepare' }, { current: endingIn(month) }, 'minor'],
    ['none is begun and time runs out', { phase: 'prepare' }, { current: endingIn(month - 1) }, 'major'],
    ['the new one is short-lived', { phase: 'sign' }, { current: endingIn(month - 1) }, 'minor'],
  ])('while %s is as severe as that', (_when, over, difference, severity) => {
    const pair = rotating([here], rotationOf(over), difference)
    expect(wantedOf(pair)).toMatchObject([{ severity }])
  })

  it.each<[DesiredAlarms['rotation']['severity'], boolean, string]>([
    ['warning', false, 'warning'],
    ['major', false, 'major'],
    ['warning', true, 'major'],
    ['critical', true, 'critical'],
  ])(
    'is as severe as the policy says (%s), and major at least where it is overdue: %s',
    (severity, isOverdue, said) => {
      const pair = rotating([here], rotationOf({ isOverdue }))
      expect(wantedOf(pair, { rotation: { id: '1', severity } })).toMatchObject([{ id: '1', severity: said }])
    },
  )

  it('says which phase, what presses, and what it waits for, this host’s first', () => {
    const waits = [
      { host: 'm', what: 'pool', message: 'etcd on m to start anew' },
      { host: 'o', what: 'unobserved', message: 'its file to hold both' },
      { host: 'o', what: 'file', message: 'what is done anyway' },
      { host: 'n', what: 'pool', message: 'etcd to start\nanew' },
    ] as const
    const since = new Date('2026-11-01T12:00:00Z')
    const pair = rotating([here], rotationOf({ waits, since, isOverdue: true, other: endingIn(0) }))
    expect(wantedOf(pair)[0]?.reason).toBe(
      "Another is taking the place of authority 'ca' since 2026-11-01; phase trust: all come to trust both. " +
        'It is overdue. The old one ends on 2026-11-23. ' +
        'It waits for etcd to start anew; etcd on m to start anew; o: its file to hold both.',
    )
  })

  it.each<[Rotation['phase'], DesiredRotation['start'], string]>([
    ['prepare', 'manual', 'Run certwright rotate PLAYBOOK ca to begin it.'],
    ['sign', 'manual', 'Run certwright rotate PLAYBOOK ca to go on with it.'],
    ['sign', 'automatic', 'Every apply goes on with it by itself'],
  ])('in phase %s, where it starts %s, says what to do', (phase, start, words) => {
    const rotation = { start } as DesiredRotation
    expect(wantedOf(rotating([here], rotationOf({ phase }), { pair: { rotation } }))[0]?.repair).toContain(
      words,
    )
  })

  it('reaches the fault manager as others do, cut to what that keeps', () => {
    const waits = [{ host: 'n', what: 'pool', message: 'ü'.repeat(300) }] as const
    const [alarm] = wantedOf(rotating([here], rotationOf({ waits })))
    if (!alarm) throw new Error('no alarm')
    const sink = { type: 'starlingx_fm', client: '/fm', timeoutSeconds: 1 } as const
    const fields = raiseIn(sink, alarm).command.argv[2]?.split('###') ?? []
    expect(fields).toContain('host=n.authority=ca')
    expect(fields).toContain('operational-violation')
    expect(fields).toContain('unspecified-reason')
    expect(Math.max(...fields.map((field) => Buffer.byteLength(field)))).toBeLessThanOrEqual(255)
  })
})

describe('an alarm about a rotation that stood', () => {
  const standing: StandingAlarm = {
    id: '500.220',
    entity: 'host=n.authority=ca',
    severity: 'minor',
    reason: '',
    repair: '',
    raisedAt: '2026-11-01T00:00:00.000Z',
    wantedBy: [{ policy: 'test', certificates: [] }],
    sinks: [],
  }
  const away = placementDifference('m', 'ca', later).placement
  it.each<[string, PairDifference[], boolean]>([
    ['when all hosts were seen to trust one only', [rotating([here], undefined)], true],
    ['never while it is on its way', [rotating([here], rotationOf())], false],
    [
      'never while a host is out of sight',
      [rotating([here], undefined, { pair: { placements: [here.placement, away] } })],
      false,
    ],
    [
      'never while --limit leaves a host out',
      [rotating([here], undefined, { pair: { beyondLimit: ['m'] } })],
      false,
    ],
    ['when the policy no longer has the authority', [], true],
    [
      'when it is over, whatever a leaf lacks',
      [rotating([here], undefined), pairDifference('leaf', [placementDifference('n', 'leaf', 'unreadable')])],
      true,
    ],
  ])('is cleared %s', (_when, pairs, isCleared) => {
    const { clear } = compareAlarms([rulesOf()], { alarms: [standing], sinks: [] }, conditionOf(pairs))
    expect(clear).toHaveLength(isCleared ? 1 : 0)
  })

  it('is not cleared where nothing is known', () => {
    const known = { alarms: [standing], sinks: [] }
    expect(compareAlarms([rulesOf()], known, { ...calm, seen: false }).clear).toEqual([])
  })

  it('gives way to the one with the id that the policy gives it now', () => {
    const rules = rulesOf({ rotation: { id: '900.1', severity: 'minor' } })
    const condition = conditionOf([rotating([here], rotationOf())])
    const { record } = compareAlarms([rules], { alarms: [standing], sinks: [] }, condition)
    expect(record.map(({ id }) => id)).toEqual(['900.1'])
  })
})
