import { expect, it } from 'vitest'
import { alarmRecordPath, formatAlarmRecord, parseAlarmRecord } from '../../src/alarms/record.ts'

const alarm = {
  id: '250.003',
  entity: 'host=node-1',
  severity: 'major',
  reason: 'no\nroom',
  repair: 'make room',
  raisedAt: '2026-11-23T00:00:00.000Z',
  wantedBy: [{ policy: 'etcd', certificates: ['/etc/etcd/server.crt'] }],
  sinks: [{ type: 'starlingx_fm' as const, client: '/usr/local/bin/fmClientCli', timeoutSeconds: 10 }],
}

const record = (...alarms: readonly unknown[]) => JSON.stringify({ alarms })

it('a record is read as it was written', () => {
  expect(parseAlarmRecord(formatAlarmRecord([alarm]))).toEqual({ kind: 'record', alarms: [alarm] })
})

it('what is beside the fields of an alarm is not carried along, however deep it is', () => {
  const deep = record({ ...alarm, more: 0 }).replace(
    '"more":0}',
    `"more":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  )
  const parsed = parseAlarmRecord(deep)
  expect(parsed).toEqual({ kind: 'record', alarms: [alarm] })
})

it('a record of an earlier version knows policies by name, and no sinks', () => {
  const { wantedBy: _, sinks: __, ...rest } = alarm
  const parsed = parseAlarmRecord(record({ ...rest, policies: ['etcd'] }))
  const known = { ...rest, wantedBy: [{ policy: 'etcd', certificates: [] }], sinks: [] }
  expect(parsed).toEqual({ kind: 'record', alarms: [known] })
})

const sink = alarm.sinks[0]

it.each([
  ['nothing', ''],
  ['a list', '[]'],
  ['null', 'null'],
  ['alarms that are no list', '{"alarms":{}}'],
  ['an alarm that is a word', record('250.003')],
  ['an alarm of one field', record({ id: '250.003' })],
  ['an id that no argument can hold', record({ ...alarm, id: 'a\u0000' })],
  ['an entity of two lines', record({ ...alarm, entity: 'a\nb' })],
  ['half a character', record({ ...alarm, entity: '\ud800' })],
  ['an entity without end', record({ ...alarm, entity: 'x'.repeat(2000) })],
  ['a number for a reason', record({ ...alarm, reason: 1 })],
  ['a time that is none', record({ ...alarm, raisedAt: 'yesterday' })],
  ['policies of numbers', record({ ...alarm, wantedBy: [1] })],
  ['nobody that wants it', record({ ...alarm, wantedBy: undefined })],
  ['a policy without certificates', record({ ...alarm, wantedBy: [{ policy: 'etcd' }] })],
  ['a certificate at no path', record({ ...alarm, wantedBy: [{ policy: 'etcd', certificates: ['a'] }] })],
  ['a sink of a kind that there is not', record({ ...alarm, sinks: [{ ...sink, type: 'mail' }] })],
  ['a program by its name', record({ ...alarm, sinks: [{ ...sink, client: 'fm' }] })],
  ['a program that leads upwards', record({ ...alarm, sinks: [{ ...sink, client: '/a/../fm' }] })],
  ['a program of two lines', record({ ...alarm, sinks: [{ ...sink, client: '/fm\n' }] })],
  ['a sink that is not waited for', record({ ...alarm, sinks: [{ ...sink, timeoutSeconds: 0 }] })],
  ['a sink without end', record({ ...alarm, sinks: [{ ...sink, timeoutSeconds: 1e9 }] })],
  ['a time in words', record({ ...alarm, sinks: [{ ...sink, timeoutSeconds: '1' }] })],
  ['one wrong alarm among right ones', record(alarm, alarm, {})],
  ['more than any record', record({ ...alarm, reason: 'x'.repeat(1024 * 1024) })],
])('%s is no record: no alarm is taken to have gone', (_what, text) => {
  const parsed = parseAlarmRecord(text)
  expect(parsed).toMatchObject({ kind: 'unreadable' })
  expect(parsed).toHaveProperty('detail', expect.stringContaining(alarmRecordPath))
})
