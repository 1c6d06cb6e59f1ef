import { describe, expect, it } from 'vitest'
import { compareAlarms, wantedAlarms } from '../../src/alarms/compute.ts'
import type { Condition } from '../../src/alarms/condition.ts'
import type { SinkFact, StandingAlarm } from '../../src/model/actual.ts'
import type { DesiredAlarms, DesiredSink } from '../../src/model/desired.ts'
import { rulesOf } from '../support/alarms.ts'

const rules = rulesOf()
const at = new Date('2026-11-23T00:00:00Z')
const calm: Condition = {
  host: 'c-0',
  certificates: [],
  renewalFailures: [],
  serviceFailures: [],
  proved: true,
  unseen: [],
  at,
}

describe('wantedAlarms', () => {
  it('wants none while everything is in order', () => {
    expect(wantedAlarms(rules, calm)).toEqual([])
  })

  it('tells a failed renewal and a service that was not updated apart, and hides neither behind the other', () => {
    const [service] = wantedAlarms(rules, { ...calm, serviceFailures: ['etcd: no'] })
    expect(service).toMatchObject({
      id: '250.003',
      entity: 'host=c-0.service=certwright',
      severity: 'major',
      reason: 'not updated',
      repair: 'etcd: no\nrestart it',
    })
    const [both] = wantedAlarms(rules, {
      ...calm,
      renewalFailures: ['leaf: disk full'],
      serviceFailures: ['etcd: no'],
    })
    expect(both?.reason).toBe('renewal failed')
    expect(both?.repair).toBe('etcd: no\nleaf: disk full\nmend it')
  })

  it('tells a line a cause, the longest last, whatever a host has said in it', () => {
    const [alarm] = wantedAlarms(rules, { ...calm, renewalFailures: [`a\nb ${'ü'.repeat(300)}`, 'short'] })
    expect(alarm?.repair.split('\n')).toEqual(['short', `a b ${'ü'.repeat(300)}`, 'mend it'])
  })

  it.each([
    ['30 days to live', '2026-12-23T00:00:00Z', []],
    ['a second less than 30 days', '2026-12-22T23:59:59Z', ['500.200']],
    ['nothing left', '2026-11-23T00:00:00Z', ['500.200']],
    ['expired a second ago', '2026-11-22T23:59:59Z', ['500.210']],
  ])('with %s', (_left, notAfter, ids) => {
    const certificates = [{ name: 'leaf', path: '/leaf.crt', notAfter }]
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
      },
    ]
    expect(wantedAlarms(rules, { ...calm, certificates: left(15) })).toEqual([])
    expect(wantedAlarms(rules, { ...calm, certificates: left(14) })).toHaveLength(1)
  })
})

describe('compareAlarms', () => {
  const failing: Partial<Condition> = { renewalFailures: ['leaf: no'] }
  const [alarm] = wantedAlarms(rules, { ...calm, ...failing })
  if (!alarm) throw new Error('no alarm')
  const own = rulesOf({ certificates: ['/leaf.crt'] })
  const wantedBy = [{ policy: 'test', certificates: ['/leaf.crt'] }]
  const other = { policy: 'other', certificates: ['/other.crt'] }
  const standing: StandingAlarm = { ...alarm, raisedAt: '2026-11-01T00:00:00.000Z', wantedBy, sinks: [] }
  const sink: DesiredSink = { type: 'starlingx_fm', client: '/fm', timeoutSeconds: 3 }
  const elsewhere: DesiredSink = { ...sink, client: '/elsewhere/fm' }
  const saying = (...there: SinkFact['standing']): SinkFact => ({ sink, ids: ['250.003'], standing: there })

  const compare = (
    over: Partial<Condition>,
    alarms: readonly StandingAlarm[],
    {
      sinks = [],
      policies = [own],
    }: { sinks?: readonly SinkFact[]; policies?: readonly DesiredAlarms[] } = {},
  ) => compareAlarms(policies, { alarms, sinks }, { ...calm, ...over })

  it('raises what is wanted and does not stand, and remembers for whom and where', () => {
    const policies = [{ ...own, sinks: [sink] }]
    expect(compare(failing, [], { policies })).toEqual({
      raise: [alarm],
      clear: [],
      release: [],
      record: [{ ...alarm, raisedAt: at.toISOString(), wantedBy, sinks: [sink] }],
    })
  })

  it('leaves alone what stands and is wanted', () => {
    expect(compare(failing, [standing])).toEqual({ raise: [], clear: [], release: [], record: [standing] })
  })

  it('raises again what now has another cause, since when it stood', () => {
    const found = compare({ renewalFailures: ['other'] }, [standing])
    expect(found.raise).toMatchObject([{ repair: 'other\nmend it' }])
    expect(found.record).toMatchObject([{ repair: 'other\nmend it', raisedAt: standing.raisedAt }])
  })

  it('clears on proof, and only on proof', () => {
    expect(compare({}, [standing])).toMatchObject({ raise: [], clear: [standing], record: [] })
    expect(compare({ proved: false }, [standing])).toMatchObject({ raise: [], clear: [], record: [standing] })
  })

  it('keeps a failed renewal up while a host that shares in it is out of sight, and nothing else', () => {
    const expired = { ...standing, id: '500.210', entity: 'host=c-0.certificate=leaf' }
    expect(compare({ unseen: ['c-1'] }, [standing, expired])).toMatchObject({
      clear: [expired],
      record: [standing],
    })
  })

  it('lets an alarm stand that another policy wants too', () => {
    const shared = { ...standing, wantedBy: [other, ...wantedBy] }
    const left = { ...standing, wantedBy: [other] }
    expect(compare({}, [shared])).toEqual({ raise: [], clear: [], release: [shared], record: [left] })
    expect(compare({}, [left])).toMatchObject({ clear: [], release: [], record: [left] })
  })

  it('is one more that wants it, and puts the name that it has now in the place of the one that it had', () => {
    const names = (wants: StandingAlarm['wantedBy']) =>
      compare(failing, [{ ...standing, wantedBy: wants }]).record.map((each) => each.wantedBy)
    expect(names([other])).toEqual([[other, ...wantedBy]])
    expect(names([{ policy: 'renamed', certificates: ['/leaf.crt'] }])).toEqual([wantedBy])
    expect(names([{ policy: 'test', certificates: [] }])).toEqual([wantedBy])
  })

  it('tells a sink again that has lost the alarm, whatever else stands there by its id', () => {
    const others = ['host=c-0', 'host=c-1.service=certwright'].map((entity) => ({ id: alarm.id, entity }))
    const raised = (fact: SinkFact) => compare(failing, [standing], { sinks: [fact] }).raise
    expect(raised(saying())).toEqual([alarm])
    expect(raised(saying(alarm))).toEqual([])
    expect(raised(saying(...others))).toEqual([alarm])
    expect(raised({ sink, ids: [], standing: [], undeliverable: 'away' })).toEqual([])
  })

  it.each<
    [
      why: string,
      policy: readonly DesiredSink[],
      recorded: readonly DesiredSink[],
      facts: SinkFact[],
      told: unknown[],
    ]
  >([
    ['the policy has it', [sink], [], [], [sink]],
    ['it was told, and is no longer in the policy', [], [sink], [], [sink]],
    ['another program is in the policy now', [elsewhere], [sink], [], [elsewhere, sink]],
    [
      'it is waited for longer than it was',
      [{ ...sink, timeoutSeconds: 9 }],
      [sink],
      [],
      [{ ...sink, timeoutSeconds: 9 }],
    ],
    ['it says that the alarm stands', [sink], [sink], [saying(alarm)], [sink]],
    ['it says that the alarm is not there', [sink], [sink], [saying()], []],
    ['another says that it is not there', [elsewhere], [sink], [{ ...saying(), sink: elsewhere }], [sink]],
    ['it was not asked about this id', [sink], [sink], [{ ...saying(), ids: ['900.001'] }], [sink]],
    ['it could not be asked', [sink], [sink], [{ ...saying(), ids: [], undeliverable: 'away' }], [sink]],
    ['there is none', [], [], [], []],
  ])('tells a sink that an alarm is over where %s', (_why, sinks, recorded, facts, told) => {
    const policies = [{ ...own, sinks }]
    const { clear } = compare({}, [{ ...standing, sinks: recorded }], { policies, sinks: facts })
    expect(clear.map((each) => each.sinks)).toEqual([told])
  })

  it('remembers a sink that was told as long as the alarm stands, and one that says it has it', () => {
    const sinksOf = (recorded: readonly DesiredSink[], facts: readonly SinkFact[]) =>
      compare(failing, [{ ...standing, sinks: recorded }], {
        policies: [{ ...own, sinks: [sink] }],
        sinks: facts,
      }).record[0]?.sinks
    expect(sinksOf([elsewhere], [])).toEqual([elsewhere])
    expect(sinksOf([elsewhere], [saying(alarm)])).toEqual([sink, elsewhere])
    expect(sinksOf([], [saying()])).toEqual([sink])
  })
})
