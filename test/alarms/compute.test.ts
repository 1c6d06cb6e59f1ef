import { describe, expect, it } from 'vitest'
import { compareAlarms } from '../../src/alarms/compute.ts'
import type { Condition } from '../../src/alarms/condition.ts'
import { wantedAlarms } from '../../src/alarms/wanted.ts'
import type { SinkFact, StandingAlarm } from '../../src/model/actual.ts'
import type { DesiredAlarms, DesiredSink } from '../../src/model/desired.ts'
import { calm, rulesOf } from '../support/alarms.ts'

const rules = rulesOf()
describe('compareAlarms', () => {
  const { at } = calm
  const failing = { failures: { renewal: ['leaf: no'], service: [] } }
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
    const found = compare({ failures: { renewal: ['other'], service: [] } }, [standing])
    expect(found.raise).toMatchObject([{ repair: 'other\nmend it' }])
    expect(found.record).toMatchObject([{ repair: 'other\nmend it', raisedAt: standing.raisedAt }])
  })

  it('clears on proof, and only on proof', () => {
    expect(compare({}, [standing])).toMatchObject({ raise: [], clear: [{ alarm: standing }], record: [] })
    expect(compare({ proved: false }, [standing])).toMatchObject({ raise: [], clear: [], record: [standing] })
  })

  it('lets an alarm stand that another policy wants too', () => {
    const shared = { ...standing, wantedBy: [other, ...wantedBy] }
    const left = { ...standing, wantedBy: [other] }
    expect(compare({}, [shared])).toEqual({
      raise: [],
      clear: [],
      release: [{ alarm: left, why: 'it no longer holds for this policy; another one wants it' }],
      record: [left],
    })
    expect(compare({}, [left])).toMatchObject({ clear: [], release: [], record: [left] })
  })

  it('is one more that wants it, and puts the name that it has now in the place of the one that it had', () => {
    const names = (wants: StandingAlarm['wantedBy']) =>
      compare(failing, [{ ...standing, wantedBy: wants }]).record.map((each) => each.wantedBy)
    expect(names([other])).toEqual([[other, ...wantedBy]])
    expect(names([{ policy: 'renamed', certificates: ['/leaf.crt'] }])).toEqual([wantedBy])
    expect(names([{ policy: 'test', certificates: [] }])).toEqual([wantedBy])
  })

  const gone = { policy: 'gone', certificates: ['/gone.crt'] }
  const namesake = { policy: 'test', certificates: ['/gone.crt'] }
  it.each<
    [string, StandingAlarm['wantedBy'], Partial<Condition>, done: string, left: StandingAlarm['wantedBy'][]]
  >([
    ['is all that wants it', [gone], {}, 'clear', []],
    ['is all that wanted it, and it holds', [gone], failing, 'release', [wantedBy]],
    ['is all that wants it, without proof', [gone], { proved: false }, 'clear', []],
    ['wants it with one that is elsewhere', [gone, other], {}, 'release', [[other]]],
    ['wants it with ours, on proof', [gone, ...wantedBy], {}, 'clear', []],
    ['wants it with ours, without proof', [gone, ...wantedBy], { proved: false }, 'release', [wantedBy]],
    ['wants it, and has the name of ours', [namesake], { proved: false }, 'clear', []],
    ['is not what wants it', [other], {}, '', [[other]]],
    ['is ours after all', wantedBy, { proved: false }, '', [wantedBy]],
  ])('lets go of what --release names where that %s', (_what, wants, over, done, left) => {
    const policies = [{ ...own, released: ['gone', 'test'] }]
    const found = compare(over, [{ ...standing, wantedBy: wants }], { policies })
    expect([...found.clear.map(() => 'clear'), ...found.release.map(() => 'release')].join()).toBe(done)
    expect(found.record.map((each) => each.wantedBy)).toEqual(left)
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
    expect(clear.map((each) => each.alarm.sinks)).toEqual([told])
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
