import { describe, expect, it } from 'vitest'
import { type Condition, compareAlarms, wantedAlarms } from '../../src/alarms/compute.ts'
import type { StandingAlarm } from '../../src/model/actual.ts'
import type { AlarmState } from '../../src/model/change.ts'
import type { DesiredAlarms } from '../../src/model/desired.ts'

const rules: DesiredAlarms = {
  policy: 'test',
  sinks: [],
  renewal: { id: '250.003', severity: 'major' },
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
      entity: 'host=c-0',
      severity: 'major',
      reason: 'Kubernetes certificates have been renewed but not all services have been updated.',
      repair: 'Lock and unlock the host to update services with new certificates. Cause: etcd: no',
    })
    const [both] = wantedAlarms(rules, {
      ...calm,
      renewalFailures: ['leaf: disk full'],
      serviceFailures: ['etcd: no'],
    })
    expect(both?.reason).toBe('Kubernetes certificates renewal failed.')
    expect(both?.repair).toContain('leaf: disk full; etcd: no')
  })

  it('keeps texts to 255 bytes, on one line, and free of the separator', () => {
    const [alarm] = wantedAlarms(rules, { ...calm, renewalFailures: [`a ### b\n${'ü'.repeat(300)}`] })
    expect(Buffer.byteLength(alarm?.repair ?? '')).toBeLessThanOrEqual(255)
    expect(alarm?.repair).not.toMatch(/###|\n|\uFFFD/)
    expect(alarm?.repair.endsWith('…')).toBe(true)
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
    expect(wanted.map(({ entity }) => entity)).toEqual(ids.map(() => 'system.certificate.leaf'))
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
  const alarm: AlarmState = { id: '250.003', entity: 'host=c-0', severity: 'major', reason: 'r', repair: 'p' }
  const standing: StandingAlarm = { ...alarm, raisedAt: '2026-11-01T00:00:00.000Z', policies: ['test'] }
  const compare = (
    wanted: AlarmState[],
    alarms: StandingAlarm[],
    over: { proved?: boolean; present?: boolean } = {},
  ) => {
    const sinks =
      over.present === undefined ? [] : [{ sink: 'starlingx_fm', present: { '250.003': over.present } }]
    return compareAlarms(['test'], wanted, { alarms, sinks }, { proved: over.proved ?? true, at })
  }

  it('raises what is wanted and does not stand, and remembers for whom', () => {
    expect(compare([alarm], [])).toEqual({
      raise: [alarm],
      clear: [],
      record: [{ ...alarm, raisedAt: at.toISOString(), policies: ['test'] }],
    })
  })

  it('leaves alone what stands and is wanted', () => {
    expect(compare([alarm], [standing])).toEqual({ raise: [], clear: [], record: [standing] })
  })

  it('raises again what now has another cause, since when it stood', () => {
    const changed = { ...alarm, repair: 'other' }
    expect(compare([changed], [standing])).toMatchObject({
      raise: [changed],
      record: [{ repair: 'other', raisedAt: standing.raisedAt }],
    })
  })

  it('clears on proof, and only on proof', () => {
    expect(compare([], [standing])).toEqual({ raise: [], clear: [standing], record: [] })
    expect(compare([], [standing], { proved: false })).toEqual({ raise: [], clear: [], record: [standing] })
  })

  it('lets an alarm stand that another policy raised too', () => {
    const shared = { ...standing, policies: ['other', 'test'] }
    expect(compare([], [shared])).toEqual({
      raise: [],
      clear: [],
      record: [{ ...standing, policies: ['other'] }],
    })
    expect(compare([], [{ ...standing, policies: ['other'] }])).toMatchObject({
      clear: [],
      record: [{ policies: ['other'] }],
    })
  })

  it('tells a sink again that has lost the alarm', () => {
    expect(compare([alarm], [standing], { present: false }).raise).toEqual([alarm])
    expect(compare([alarm], [standing], { present: true }).raise).toEqual([])
  })
})
