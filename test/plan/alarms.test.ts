import { describe, expect, it } from 'vitest'
import type { StandingAlarm } from '../../src/model/actual.ts'
import { describeStanding, findAlarmed, findStandingConditions } from '../../src/plan/alarms.ts'
import { rulesOf } from '../support/alarms.ts'
import { alarmContext, differenceOf, pairDifference, placementDifference } from '../support/difference.ts'

const loud = rulesOf({ certificates: ['/pki/leaf.crt'] })
const silent = { ...loud, raised: false }
const standing = (policy: string, ...certificates: string[]): StandingAlarm => ({
  id: '250.003',
  entity: 'host=n.service=certwright',
  severity: 'major',
  reason: '',
  repair: '',
  raisedAt: '2026-11-01T00:00:00Z',
  wantedBy: [{ policy, certificates }],
  sinks: [],
})
/** A supplied certificate: nobody renews it. */
const expiring = differenceOf({
  pairs: [
    pairDifference('leaf', [placementDifference('n', 'leaf', '2026-12-01T00:00:00Z')], {
      pair: { supplied: {} as never },
    }),
  ],
})

describe('an alarm on the record', () => {
  it.each<[string, StandingAlarm, boolean]>([
    ['of this policy', standing('test', '/pki/leaf.crt'), true],
    ['of this policy, under the name that it had', standing('old', '/pki/leaf.crt'), true],
    ['of another one', standing('other', '/other.crt'), false],
    ['of another one that has the same name', standing('test', '/other.crt'), false],
  ])('%s is told, with whether it is ours', (_whose, alarm, isOwn) => {
    const context = alarmContext({ n: [loud] }, { n: { alarms: [alarm] } })
    expect(describeStanding(context)).toEqual([{ host: 'n', ...alarm, isOwn }])
    expect(findAlarmed(context)).toEqual(isOwn ? ['n'] : [])
  })

  it('of a host that --limit leaves out is not told', () => {
    const { desired, actual } = alarmContext({}, { n: { alarms: [standing('test', '/pki/leaf.crt')] } })
    expect(describeStanding({ desired: { ...desired, readOnlyHosts: ['n'] }, actual })).toEqual([])
  })

  it('of a host on which the playbook has nothing is another’s', () => {
    const context = alarmContext({}, { n: { alarms: [standing('test', '/pki/leaf.crt')] } })
    expect(describeStanding(context)).toMatchObject([{ isOwn: false }])
  })
})

describe('a condition that holds', () => {
  it.each([
    ['one that raises alarms', [loud], [{ id: '500.200', isSilent: false }], []],
    ['one that wants none', [silent], [{ id: '500.200', isSilent: true }], ['n']],
    ['both', [silent, loud], [{ id: '500.200', isSilent: false }], ['n']],
  ])('for %s is told, and keeps hosts from being in order', (_policies, rules, conditions, alarmed) => {
    const context = alarmContext({ n: rules }, {}, expiring)
    expect(findStandingConditions(context)).toMatchObject(conditions)
    expect(findAlarmed(context)).toEqual(alarmed)
  })
})
