import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatAlarmRecord, parseAlarmRecord } from '../../src/alarms/record.ts'
import {
  clearAlarm,
  parseDelivery,
  parseQuery,
  queryAlarm,
  raiseAlarm,
} from '../../src/alarms/starlingx-fm.ts'
import { createLocalHost } from '../../src/hosts/local/local.ts'
import type { DesiredSink } from '../../src/model/desired.ts'
import { distinct } from '../support/distinct.ts'
import { makeEngine, outline, smallPolicy } from '../support/engine.ts'
import { makeFolder } from '../support/workspace.ts'

const host = createLocalHost({ name: 'local' })
const alarm = {
  id: '250.003',
  entity: 'host=controller-0',
  severity: 'major',
  reason: 'why',
  repair: 'what to do',
}

/** A client that records its arguments byte for byte, then behaves as told. */
function fakeClient(behaviour: string): { sink: DesiredSink; calls: () => string[] } {
  const folder = makeFolder()
  const client = join(folder, 'fmClientCli')
  const record = join(folder, 'calls')
  writeFileSync(client, `#!/bin/sh\nprintf '%s|' "$@" >>'${record}'\necho >>'${record}'\n${behaviour}\n`)
  chmodSync(client, 0o755)
  const calls = () => (existsSync(record) ? readFileSync(record, 'utf8').trimEnd().split('\n') : [])
  return { sink: { type: 'starlingx_fm', client, timeoutSeconds: 1 }, calls }
}

describe('the fault manager’s client', () => {
  it('is called with exactly the fifteen fields, the query and the clearing that it knows', async () => {
    const { sink, calls } = fakeClient('exit 0')
    for (const command of [raiseAlarm(sink, alarm), queryAlarm(sink, '250.003'), clearAlarm(sink, alarm)])
      await host.run(command)
    expect(calls()).toEqual([
      '-c|### ###250.003###set###host###host=controller-0### ###major###why###operational-violation###unspecified-reason###what to do###False###False###False###False###|',
      '-A|250.003|',
      '-d|###250.003###host=controller-0###|',
    ])
    const [, text = ''] = raiseAlarm(sink, alarm).argv.slice(1)
    expect(text.split('###')).toHaveLength(17)
  })

  it.each([
    ['exit 0', { present: true }, undefined],
    ['exit 255', { present: false }, 'exited with 255'],
    [
      'echo broken >&2; exit 1',
      { undeliverable: expect.stringContaining('exited with 1: broken') },
      'exited with 1: broken',
    ],
    [
      'sleep 30',
      { undeliverable: expect.stringContaining('did not answer in time') },
      'did not answer in time',
    ],
  ])('that does "%s" is understood, in bounded time', async (behaviour, query, delivery) => {
    const { sink } = fakeClient(behaviour)
    const began = performance.now()
    expect(parseQuery(await host.run(queryAlarm(sink, '250.003')))).toEqual(query)
    const fault = parseDelivery(await host.run(raiseAlarm(sink, alarm)))
    if (delivery === undefined) expect(fault).toBeUndefined()
    else expect(fault).toContain(delivery)
    expect(performance.now() - began).toBeLessThan(6000)
  })

  it('that is not there is told', async () => {
    const sink: DesiredSink = { type: 'starlingx_fm', client: '/no/such/client', timeoutSeconds: 1 }
    expect(parseQuery(await host.run(queryAlarm(sink, '1')))).toEqual({
      undeliverable: expect.stringContaining('is not there'),
    })
  })
})

describe('in a run', () => {
  const alarms = (client: string) =>
    `alarms: { sinks: [{ type: starlingx_fm, client: ${client}, timeout: 1s }] }`

  it('a sink that cannot be asked is told at once, and the run ends with undeliverable alarms', async () => {
    const engine = await makeEngine(smallPolicy('', '', alarms('/no/such/client')))
    const plan = await engine.plan()
    expect(plan.undeliverable).toEqual([
      { host: 'node-1', sink: 'starlingx_fm', detail: expect.stringContaining('not there') },
    ])
    const result = await engine.apply()
    expect(distinct(result.outcomes.map(({ status }) => status))).toEqual(['done'])
    expect(result.undeliverable.length).toBeGreaterThan(0)
  })

  it('an alarm is raised in the sink, asked for, and cleared when its cause is gone', async () => {
    const present = join(makeFolder(), 'present')
    const { sink, calls } = fakeClient(
      `case $1 in -c) touch '${present}' ;; -d) rm -f '${present}' ;; -A) [ "$2" = 250.003 ] && [ -e '${present}' ] || exit 255 ;; esac`,
    )
    const engine = await makeEngine(smallPolicy('', '', alarms(sink.client)))
    await engine.apply()
    writeFileSync(join(engine.root(), 'pki/leaf.key'), 'spoiled')
    const failed = await engine.apply()
    expect(failed.alarms).toMatchObject([{ id: '250.003' }])
    expect(calls().filter((call) => call.startsWith('-c'))).toHaveLength(1)
    expect(outline(await engine.plan())).toEqual([])

    writeFileSync(join(engine.root(), 'pki/leaf.key'), '')
    const { rmSync } = await import('node:fs')
    rmSync(join(engine.root(), 'pki/leaf.key'))
    expect(outline(await engine.plan())).toEqual(['replace leaf: missing', 'clear 250.003: alarm-resolved'])
    const mended = await engine.apply()
    expect(mended.alarms).toEqual([])
    expect(calls().filter((call) => call.startsWith('-d'))).toEqual(['-d|###250.003###host=node-1###|'])
    expect(outline(await engine.plan())).toEqual([])
  })

  it('an alarm that the sink did not take back stays on the record', async () => {
    const { sink } = fakeClient('case $1 in -d) exit 1 ;; -A) [ "$2" = 250.003 ] || exit 255 ;; esac')
    const engine = await makeEngine(smallPolicy('', '', alarms(sink.client)))
    await engine.apply()
    writeFileSync(join(engine.root(), 'pki/leaf.key'), 'spoiled')
    await engine.apply()
    const { rmSync } = await import('node:fs')
    rmSync(join(engine.root(), 'pki/leaf.key'))
    const result = await engine.apply()
    expect(result.undeliverable).toHaveLength(1)
    expect(result.alarms).toMatchObject([{ id: '250.003' }])
    expect(outline(await engine.plan())).toEqual(['clear 250.003: alarm-resolved'])
  })
})

describe('the record of standing alarms', () => {
  const standing = { ...alarm, raisedAt: '2026-11-23T00:00:00.000Z', policies: ['test'] }

  it('is read back as it was written, in one order', () => {
    const other = { ...standing, id: '500.200' }
    expect(formatAlarmRecord([other, standing])).toBe(formatAlarmRecord([standing, other]))
    expect(parseAlarmRecord(formatAlarmRecord([other, standing]))).toEqual({
      kind: 'record',
      alarms: [standing, other],
    })
  })

  it.each(['', 'x', '[]', '{}', '{"alarms": [1]}', '{"alarms": [{"id": "1"}]}'])(
    '%j is not guessed at',
    (text) => {
      expect(parseAlarmRecord(text).kind).toBe('unreadable')
    },
  )

  it('that is spoiled stops the host', async () => {
    const engine = await makeEngine(smallPolicy())
    await engine.apply()
    await engine.write('hosts/node-1/var/lib/certwright/alarms.json', 'spoiled')
    expect((await engine.plan()).problems).toMatchObject([{ code: 'alarm-record-unreadable' }])
  })
})
