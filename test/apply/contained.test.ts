import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Host } from '../../src/model/host.ts'
import { HostError } from '../../src/model/host.ts'
import { makeEngine, smallPolicy, start } from '../support/engine.ts'

const hosts = ['node-1', 'node-2', 'node-3']
const service = `services:
  web:
    manager: command
    command: { restart: ["true"], is_active: ["true"] }
    uses: { leaf: restart }
`

/** node-2 throws at one thing that it is told; everything else is as it is. */
const breaking =
  (method: keyof Host, error: Error) =>
  (host: Host): Host =>
    host.name === 'node-2' ? { ...host, [method]: () => Promise.reject(error) } : host

describe('whatever is thrown on one host', () => {
  it.each<[keyof Host, string]>([
    ['generateKey', 'node-2/certificate/leaf'],
    ['sign', 'node-2/certificate/leaf'],
    ['install', 'node-2/certificate/leaf'],
    ['writeState', 'node-2/certificate/leaf'],
    ['run', 'node-2/service/web'],
  ])('at %s is its own: the others are done, and it needs a human', async (method, address) => {
    const engine = await makeEngine(smallPolicy('', '', service), hosts, 'on_failure: keep')
    const bend = breaking(method, new TypeError('nobody thought of this'))
    const result = await engine.apply(undefined, { bend })
    expect(result.outcomes).toContainEqual(
      expect.objectContaining({
        address,
        status: 'failed',
        detail: expect.stringContaining('unexpected: TypeError: nobody thought of this'),
      }),
    )
    for (const host of ['node-1', 'node-3'])
      expect(existsSync(join(engine.root(host), 'pki/leaf.crt')), host).toBe(true)
    expect(result.needsHuman).toBe(true)
    if (method === 'writeState') expect(result.undeliverable).toMatchObject([{ host: 'node-2' }])
    else expect(result.alarms.map(({ entity }) => entity)).toContain('host=node-2.service=certwright')
  })

  it('while it is asked is told as what it is, and stops nobody else', async () => {
    const engine = await makeEngine(smallPolicy(), hosts)
    const plan = await engine.plan()
    expect(plan.problems).toEqual([])
    const result = await engine.apply(undefined, {
      bend: breaking('gather', new RangeError('Invalid time value')),
    })
    expect(result.undeliverable).toMatchObject([
      { host: 'node-2', detail: expect.stringContaining('unexpected: RangeError') },
    ])
    expect(existsSync(join(engine.root('node-3'), 'pki/leaf.crt'))).toBe(true)
  })

  it('while its files are looked at has an alarm there all the same, and a problem', async () => {
    const engine = await makeEngine(smallPolicy(), hosts)
    await engine.apply()
    const bend = (host: Host): Host => ({
      ...host,
      gather: async (request) => {
        if (host.name === 'node-2' && request.certificates.length > 0) throw new RangeError('nobody knows')
        return host.gather(request)
      },
    })
    const plan = await engine.plan(undefined, undefined, undefined, bend)
    expect(plan.problems.map(({ host, code }) => [host, code])).toEqual([['node-2', 'unexpected']])
    const result = await engine.apply(undefined, { plan, bend })
    expect(result.alarms).toMatchObject([
      {
        entity: 'host=node-2.service=certwright',
        repair: expect.stringContaining('unexpected: RangeError: nobody knows'),
      },
    ])
    expect(result.needsHuman).toBe(true)
    expect(await engine.apply()).toMatchObject({ alarms: [], needsHuman: false })
  })

  it('that says the connection is lost while a stamp is written is a host that is away', async () => {
    const engine = await makeEngine(smallPolicy('', '', service), hosts)
    const bend = breaking('writeState', new HostError('the connection was lost', true))
    const result = await engine.apply(undefined, { bend })
    expect(result.unreachable).toEqual(['node-2'])
    expect(existsSync(join(engine.root('node-3'), 'pki/leaf.crt'))).toBe(true)
  })
})

it('a connection that is cut while a service restarts leaves that unknown and owed; its like wait, and its neighbours are left alone', async () => {
  const both = `${service}${service.split('\n').slice(1).join('\n').replace('  web:', '  api:')}`
  const engine = await makeEngine(smallPolicy('', '', both), hosts, 'on_failure: rollback')
  await engine.apply()
  const at = new Date(Date.parse(start) + 90 * 86_400_000).toISOString()
  const bend = breaking('run', new HostError('the connection was lost', true))
  const result = await engine.apply(at, { bend })
  expect(result.outcomes.filter(({ address }) => address.startsWith('node-2/service/'))).toMatchObject([
    { status: 'lost', detail: 'the connection was lost; what became of the restart is not known' },
    { status: 'skipped', detail: 'not reached: its host was lost' },
  ])
  expect(result).toMatchObject({ unreachable: ['node-2'], needsHuman: false, failed: [] })
  const reasons = (await engine.plan(at)).changes.filter(({ kind }) => kind === 'service')
  expect(reasons.map(({ address, reasons: each }) => [address, each.map(({ code }) => code)])).toEqual([
    ['node-2/service/web', ['started-before-change', 'telling-unproved']],
    ['node-2/service/api', ['started-before-change']],
    ['node-3/service/web', ['started-before-change']],
    ['node-3/service/api', ['started-before-change']],
  ])
})

it.runIf(existsSync('/dev/shm'))(
  'a file of a time beyond every calendar stops its host, and no other',
  async () => {
    const engine = await makeEngine(smallPolicy(), hosts)
    await engine.apply()
    // Not every file system holds such a time; this one does.
    const root = mkdtempSync('/dev/shm/certwright-test-')
    onTestFinished(() => rmSync(root, { recursive: true }))
    cpSync(engine.root('node-2'), root, { recursive: true })
    const inventory = readFileSync(join(engine.folder, 'inventory.yml'), 'utf8')
    await engine.write('inventory.yml', inventory.replace('hosts/node-2', root))
    utimesSync(join(root, 'pki/leaf.crt'), 9_000_000_000_000, 9_000_000_000_000)
    const at = new Date(Date.parse(start) + 90 * 86_400_000).toISOString()
    const plan = await engine.plan(at)
    expect(plan.problems.map(({ host, code, message }) => [host, code, message])).toEqual([
      [
        'node-2',
        'clock-behind',
        expect.stringContaining('/pki/leaf.crt was written at 9999-12-31T23:59:59Z'),
      ],
    ])
    const result = await engine.apply(at)
    expect(result.outcomes.map(({ address, status }) => `${address} ${status}`)).toEqual([
      'node-1/certificate/leaf done',
      'node-3/certificate/leaf done',
      'node-2/alarm/250.003 done',
      'node-2/alarm/500.200 leaf done',
    ])
  },
)
