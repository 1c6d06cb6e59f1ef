import { describe, expect, it } from 'vitest'
import { compareAlarms, wantedAlarms } from '../../src/alarms/compute.ts'
import type { Condition } from '../../src/alarms/condition.ts'
import type { StandingAlarm } from '../../src/model/actual.ts'
import type { AlarmState } from '../../src/model/change.ts'
import type { DesiredAlarms } from '../../src/model/desired.ts'

const rules: DesiredAlarms = {
  policy: 'test',
  sinks: [],
  raised: true,
  renewal: {
    id: '250.003',
    severity: 'major',
    failed: { reason: 'renewal failed', repair: 'mend it' },
    notUpdated: { reason: 'not updated', repair: 'restart it' },
  },
  expiring: { id: '500.200', severity: 'major', beforeSeconds: 30 * 86_400 },
  expired: { id: '500.210', severity: 'critical' },
}
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
  const alarm: AlarmState = {
    id: '250.003',
    entity: 'host=c-0.service=certwright',
    severity: 'major',
    reason: 'r',
    repair: 'p',
  }
  const standing: StandingAlarm = { ...alarm, raisedAt: '2026-11-01T00:00:00.000Z', policies: ['test'] }
  const compare = (
    wanted: AlarmState[],
    alarms: StandingAlarm[],
    over: { proved?: boolean; unseen?: string[]; inManager?: { id: string; entity: string }[] } = {},
  ) => {
    const sinks = over.inManager === undefined ? [] : [{ sink: 'starlingx_fm', standing: over.inManager }]
    const condition = { host: 'c-0', proved: over.proved ?? true, unseen: over.unseen ?? [], at }
    return compareAlarms(['test'], wanted, { alarms, sinks }, condition)
  }

  it('raises what is wanted and does not stand, and remembers for whom', () => {
    expect(compare([alarm], [])).toEqual({
      raise: [alarm],
      clear: [],
      release: [],
      record: [{ ...alarm, raisedAt: at.toISOString(), policies: ['test'] }],
    })
  })

  it('leaves alone what stands and is wanted', () => {
    expect(compare([alarm], [standing])).toEqual({ raise: [], clear: [], release: [], record: [standing] })
  })

  it('raises again what now has another cause, since when it stood', () => {
    const changed = { ...alarm, repair: 'other' }
    expect(compare([changed], [standing])).toMatchObject({
      raise: [changed],
      record: [{ repair: 'other', raisedAt: standing.raisedAt }],
    })
  })

  it('clears on proof, and only on proof', () => {
    expect(compare([], [standing])).toMatchObject({ raise: [], clear: [standing], record: [] })
    expect(compare([], [standing], { proved: false })).toMatchObject({
      raise: [],
      clear: [],
      record: [standing],
    })
  })

  it('keeps a failed renewal up while a host that shares in it is out of sight, and nothing else', () => {
    const expired = { ...standing, id: '500.210', entity: 'host=c-0.certificate=leaf' }
    expect(compare([], [standing, expired], { unseen: ['c-1'] })).toMatchObject({
      clear: [expired],
      record: [standing],
    })
  })

  it('lets an alarm stand that another policy raised too', () => {
    const shared = { ...standing, policies: ['other', 'test'] }
    expect(compare([], [shared])).toEqual({
      raise: [],
      clear: [],
      release: [shared],
      record: [{ ...standing, policies: ['other'] }],
    })
    expect(compare([], [{ ...standing, policies: ['other'] }])).toMatchObject({
      clear: [],
      record: [{ policies: ['other'] }],
    })
  })

  it('tells a sink again that has lost the alarm, whatever else stands there by its id', () => {
    expect(compare([alarm], [standing], { inManager: [] }).raise).toEqual([alarm])
    expect(compare([alarm], [standing], { inManager: [alarm] }).raise).toEqual([])
    const others = ['host=c-0', 'host=c-1.service=certwright'].map((entity) => ({ id: alarm.id, entity }))
    expect(compare([alarm], [standing], { inManager: others }).raise).toEqual([alarm])
  })
})
