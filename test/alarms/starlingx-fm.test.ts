import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatAlarmRecord, parseAlarmRecord } from '../../src/alarms/record.ts'
import { clear, parseClear, parseQuery, parseRaise, query, raise } from '../../src/alarms/starlingx-fm.ts'
import { createLocalHost } from '../../src/hosts/local/local.ts'
import type { DesiredSink } from '../../src/model/desired.ts'
import { HostError } from '../../src/model/host.ts'
import { distinct } from '../support/distinct.ts'
import { makeEngine, outline, smallPolicy } from '../support/engine.ts'
import { makeFolder } from '../support/workspace.ts'

const host = createLocalHost({ name: 'local' })
const alarm = {
  id: '250.003',
  entity: 'host=controller-0.service=certwright',
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
    for (const command of [raise(sink, alarm), query(sink, '250.003'), clear(sink, alarm)])
      await host.run(command)
    expect(calls()).toEqual([
      '-c|### ###250.003###set###host###host=controller-0.service=certwright### ###major###why###operational-violation###unspecified-reason###what to do###False###False###False###False###|',
      '-A|250.003|',
      '-d|###250.003###host=controller-0.service=certwright###|',
    ])
    const [, text = ''] = raise(sink, alarm).argv.slice(1)
    expect(text.split('###')).toHaveLength(17)
  })

  it.each([
    ['echo Ok', [], undefined],
    [
      "echo Ok; echo '###0b1c###250.003###set###host###host=c-1### ###major###why###'",
      [{ id: '250.003', entity: 'host=c-1' }],
      undefined,
    ],
    ['exit 0', { undeliverable: expect.stringContaining('not understood') }, undefined],
    ['echo FM_ERR_ENTITY_NOT_FOUND; exit 255', [], 'exited with 255: FM_ERR_ENTITY_NOT_FOUND'],
    [
      'echo FM_ERR_NOCONNECT; exit 255',
      { undeliverable: expect.stringContaining('exited with 255: FM_ERR_NOCONNECT') },
      'FM_ERR_NOCONNECT',
    ],
    ['exit 255', { undeliverable: expect.stringContaining('exited with 255') }, 'exited with 255'],
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
  ])('that does "%s" is understood, in bounded time', async (behaviour, asked, delivery) => {
    const { sink } = fakeClient(behaviour)
    const began = performance.now()
    expect(parseQuery(await host.run(query(sink, '250.003')))).toEqual(asked)
    const fault = parseRaise(await host.run(raise(sink, alarm)))
    if (delivery === undefined) expect(fault).toBeUndefined()
    else expect(fault).toContain(delivery)
    expect(performance.now() - began).toBeLessThan(6000)
  })

  it('that is not there is told', async () => {
    const sink: DesiredSink = { type: 'starlingx_fm', client: '/no/such/client', timeoutSeconds: 1 }
    expect(parseQuery(await host.run(query(sink, '1')))).toEqual({
      undeliverable: expect.stringContaining('is not there'),
    })
  })
})

describe('texts', () => {
  it('are cut where the manager would cut them, on one line, and free of the separator', () => {
    const repair = `short: a ### b\n${'ü'.repeat(300)}\nmend it`
    const [, , text = ''] = raise(
      { type: 'starlingx_fm', client: '/c', timeoutSeconds: 1 },
      { ...alarm, repair },
    ).argv
    const field = text.split('###')[11] ?? ''
    expect(Buffer.byteLength(field)).toBeLessThanOrEqual(255)
    expect(field).toMatch(/^short: a ## b; ü+…$/)
  })

  it('what is not there is cleared, and what cannot be reached is not', async () => {
    const outcome = (stdout: string) => ({ kind: 'exited' as const, exitCode: 255, stdout, stderr: '' })
    expect(parseClear(outcome('FM_ERR_ENTITY_NOT_FOUND\n'))).toBeUndefined()
    expect(parseClear(outcome('FM_ERR_NOCONNECT\n'))).toContain('FM_ERR_NOCONNECT')
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
      `echo Ok; case $1 in -c) printf '%s\\n' "$2" > '${present}' ;; -d) rm -f '${present}' ;; -A) grep -F "###$2###" '${present}' 2>/dev/null ;; esac; exit 0`,
    )
    const engine = await makeEngine(smallPolicy('', '', alarms(sink.client)))
    await engine.apply()
    writeFileSync(join(engine.root(), 'pki/leaf.key'), 'spoiled')
    const failed = await engine.apply()
    expect(failed.alarms).toMatchObject([{ id: '250.003' }])
    expect(calls().filter((call) => call.startsWith('-c'))).toHaveLength(1)
    expect(outline(await engine.plan())).toEqual([])

    writeFileSync(join(engine.root(), 'pki/leaf.key'), '')
    rmSync(join(engine.root(), 'pki/leaf.key'))
    expect(outline(await engine.plan())).toEqual(['replace leaf: missing', 'clear 250.003: alarm-resolved'])
    const mended = await engine.apply()
    expect(mended.alarms).toEqual([])
    expect(calls().filter((call) => call.startsWith('-d'))).toEqual([
      '-d|###250.003###host=node-1.service=certwright###|',
    ])
    expect(outline(await engine.plan())).toEqual([])
  })

  it('what is told to a sink is on the record before, and stays there until it is known to be gone', async () => {
    const folder = makeFolder()
    const { sink } = fakeClient(`cp "$(cat '${folder}/record')" '${folder}/seen'"$1"; echo Ok`)
    const engine = await makeEngine(smallPolicy('', '', alarms(sink.client)))
    const record = join(engine.root(), 'var/lib/certwright/alarms.json')
    writeFileSync(join(folder, 'record'), record)
    await engine.apply()
    mkdirSync(join(engine.root(), 'pki/leaf.key.d'))
    rmSync(join(engine.root(), 'pki/leaf.key'))
    renameSync(join(engine.root(), 'pki/leaf.key.d'), join(engine.root(), 'pki/leaf.key'))
    await engine.apply()
    const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')).alarms
    expect(read(join(folder, 'seen-c'))).toMatchObject([
      { id: '250.003', wantedBy: [{ policy: 'policy' }], sinks: [sink] },
    ])
    rmdirSync(join(engine.root(), 'pki/leaf.key'))
    await engine.write('policy.yml', smallPolicy())
    await engine.apply()
    expect(read(join(folder, 'seen-d'))).toMatchObject([{ id: '250.003' }])
    expect(read(record)).toEqual([])
  })

  it('a record that cannot be written keeps no alarm from being raised', async () => {
    const { sink, calls } = fakeClient('echo Ok')
    const engine = await makeEngine(smallPolicy('', '', alarms(sink.client)))
    await engine.apply()
    writeFileSync(join(engine.root(), 'pki/leaf.key'), 'spoiled')
    const writeState = async () => {
      throw new HostError('no space')
    }
    const { undeliverable } = await engine.apply(undefined, { bend: (each) => ({ ...each, writeState }) })
    expect(undeliverable).toEqual([{ host: 'node-1', sink: 'file', detail: 'no space' }])
    expect(calls().filter((call) => call.startsWith('-c'))).toHaveLength(1)
  })

  it('a program that is not there has been told nothing, and nothing is owed to it', async () => {
    const engine = await makeEngine(smallPolicy('', '', alarms('/no/such/client')))
    await engine.apply()
    writeFileSync(join(engine.root(), 'pki/leaf.key'), 'spoiled')
    await engine.apply()
    await engine.write('policy.yml', smallPolicy())
    rmSync(join(engine.root(), 'pki/leaf.key'))
    expect(await engine.apply()).toMatchObject({ alarms: [], undeliverable: [] })
  })

  it('an alarm that the sink did not take back stays on the record', async () => {
    const standing = '###uuid###250.003###set###host###host=node-1.service=certwright###'
    const { sink } = fakeClient(`case $1 in -d) exit 1 ;; -A) echo Ok; echo '${standing}' ;; esac`)
    const engine = await makeEngine(smallPolicy('', '', alarms(sink.client)))
    await engine.apply()
    writeFileSync(join(engine.root(), 'pki/leaf.key'), 'spoiled')
    await engine.apply()
    rmSync(join(engine.root(), 'pki/leaf.key'))
    const result = await engine.apply()
    expect(result.undeliverable).toHaveLength(1)
    expect(result.alarms).toMatchObject([{ id: '250.003' }])
    expect(outline(await engine.plan())).toEqual(['clear 250.003: alarm-resolved'])
  })
})

describe('the record of standing alarms', () => {
  const wantedBy = [{ policy: 'test', certificates: [] }]
  const standing = { ...alarm, raisedAt: '2026-11-23T00:00:00.000Z', wantedBy, sinks: [] }

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
