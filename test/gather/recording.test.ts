import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { connectHosts } from '../../src/cli/hosts.ts'
import { diskFiles } from '../../src/cli/read-files.ts'
import { diff } from '../../src/diff/diff.ts'
import { gather } from '../../src/gather/gather.ts'
import { openRecording, toRecording } from '../../src/gather/recording.ts'
import { readRecording } from '../../src/load/recording.ts'
import type { Actual, HostActual, ServiceFact, TrustFact } from '../../src/model/actual.ts'
import type { Desired } from '../../src/model/desired.ts'
import type { GatherRequest, Host } from '../../src/model/host.ts'
import { makePlan } from '../../src/plan/plan.ts'
import { type Engine, makeEngine, smallPolicy, start } from '../support/engine.ts'
import { makeSecrets } from '../support/secrets.ts'
import { makeFolder } from '../support/workspace.ts'

const services = `services:
  web:
    manager: command
    command: { restart: ["true"], is_active: ["true"], uptime: [echo, "5"] }
    uses: { leaf: restart }
    probe: { retries: 0, tls: { address: "127.0.0.1:1" } }
`

async function observe(
  hosts = ['node-1', 'node-2'],
): Promise<{ engine: Engine; desired: Desired; actual: Actual }> {
  const engine = await makeEngine(smallPolicy('scope: shared', 'held_by: all', services), hosts)
  await engine.apply()
  mkdirSync(join(engine.root(), 'pki/leaf.key.old'))
  writeFileSync(join(engine.root(), 'pki/leaf.crt'), 'something else')
  const desired = await engine.load()
  const { resolve } = makeSecrets()
  return { engine, desired, actual: await gather(desired, connectHosts(desired, resolve), resolve) }
}

const record = (actual: Actual) => JSON.parse(JSON.stringify(toRecording(actual, new Date(start))))

describe('a recording', () => {
  it('says all that was observed, so that the same is planned from it', async () => {
    const { desired, actual } = await observe()
    const opened = openRecording(desired, record(actual))
    expect(opened).toEqual({ recordedAt: '2026-11-23T00:00:00.000Z', actual, problems: [] })
    const at = new Date(start)
    const planOf = (each: Actual) =>
      makePlan({ desired, actual: each, difference: diff(desired, each, at), at })
    expect(planOf(opened.actual)).toEqual(planOf(actual))
    expect(planOf(actual).changes.length).toBeGreaterThan(0)
  })

  it('made before hosts had an identity is opened all the same', async () => {
    const { desired, actual } = await observe(['node-1'])
    const value = record(actual)
    expect(value.hosts[0].machine).toMatch(/^[0-9a-f]{32}$/)
    delete value.hosts[0].machine
    const { machine: _, ...host } = actual.hosts['node-1'] as HostActual
    expect(openRecording(desired, value)).toMatchObject({
      problems: [],
      actual: { hosts: { 'node-1': host } },
    })
  })

  it('says of the places beside an authority what is there, and is not complete without them', async () => {
    const { engine, desired } = await observe(['node-1'])
    for (const file of ['ca.next.crt', 'ca.next.key'])
      copyFileSync(join(engine.root(), 'pki', file.replace('.next', '')), join(engine.root(), 'pki', file))
    const { resolve } = makeSecrets()
    const actual = await gather(desired, connectHosts(desired, resolve), resolve)
    const host = actual.hosts['node-1'] as HostActual
    const kindsOf = (facts: Readonly<Record<string, { readonly kind: string }>>) =>
      Object.entries(facts).map(([path, { kind }]) => `${path} ${kind}`)
    expect(kindsOf(host.certificates)).toContain('/pki/ca.next.crt certificate')
    expect(kindsOf(host.privateKeys)).toContain('/pki/ca.next.key private-key')
    expect(kindsOf({ ...host.certificates, ...host.privateKeys })).toEqual(
      expect.arrayContaining(['/pki/ca.previous.crt absent', '/pki/ca.previous.key absent']),
    )
    const value = record(actual)
    expect(openRecording(desired, value)).toMatchObject({ actual, problems: [] })
    const isBeside = ({ path }: { path: string }) => /next|previous/.test(path)
    for (const section of ['certificates', 'private_keys'])
      value.hosts[0][section] = value.hosts[0][section].filter((each: { path: string }) => !isBeside(each))
    expect(openRecording(desired, value).problems).toEqual(
      ['next.crt', 'next.key', 'previous.crt', 'previous.key'].map(
        (name) => `nothing was recorded of node-1: /pki/ca.${name}`,
      ),
    )
  })

  it('holds no private key', async () => {
    const { engine, actual } = await observe()
    const text = JSON.stringify(record(actual))
    expect(text).toContain('BEGIN CERTIFICATE')
    expect(text).not.toContain('PRIVATE')
    expect(text).not.toContain(engine.read('pki/ca.key').toString().split('\n')[1])
  })

  it('of another inventory or policy is refused, and every gap is named', async () => {
    const { desired, actual } = await observe()
    const value = record(actual)
    value.hosts = value.hosts.filter(({ host }: HostActual) => host === 'node-1')
    value.hosts[0].certificates.shift()
    value.hosts[0].services = []
    const { problems } = openRecording(desired, value)
    expect(problems).toEqual([
      'nothing was recorded of node-2',
      'nothing was recorded of node-1: /pki/ca.crt',
      'nothing was recorded of node-1: service web',
    ])
  })

  it('with a certificate that is none is refused', async () => {
    const { desired, actual } = await observe()
    const value = record(actual)
    value.hosts[0].certificates[0].pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
    expect(openRecording(desired, value).problems).toEqual([
      'node-1: /pki/ca.crt holds a certificate that cannot be read: it is of another type (no. 1)',
    ])
  })
})

describe('a service that names addresses and a command of its leader', () => {
  it('is asked in the one round trip, with what is given to one try of a probe', async () => {
    const engine = await makeEngine(smallPolicy('scope: shared', 'held_by: all', services), ['node-1'])
    const desired = asking(await engine.load())
    const { resolve } = makeSecrets()
    const [host] = Object.values(connectHosts(desired, resolve))
    if (!host) throw new Error('no host')
    const asked: GatherRequest[] = []
    const counted: Host = {
      ...host,
      gather: (request) => {
        asked.push(request)
        return host.gather(request)
      },
    }
    const actual = await gather(desired, { 'node-1': counted }, resolve)
    expect(asked).toHaveLength(1)
    expect(asked[0]?.trusts).toEqual([
      { hostname: '127.0.0.1', port: 1, timeoutMs: 5000 },
      { hostname: '::1', port: 1, timeoutMs: 5000 },
    ])
    expect(asked[0]?.commands).toContainEqual({ argv: ['test', '1', '-eq', '2'], timeoutMs: 5000 })
    const failed = { kind: 'failed', detail: 'the connection was refused' }
    const fact = (actual.hosts['node-1'] as HostActual).services.web
    expect(fact).toMatchObject({ trust: [failed, failed], leads: false, probe: failed })
  })

  it('is recorded with what it said', async () => {
    const { desired, actual } = await observe(['node-1'])
    const host = actual.hosts['node-1'] as HostActual
    const trust: TrustFact[] = [
      { kind: 'named', names: ['3000', '300e310c300a06035504030c036f6e65'] },
      { kind: 'named', names: [] },
      { kind: 'indifferent' },
      { kind: 'failed', detail: 'no answer in time' },
    ]
    const web = { ...host.services.web, trust, leads: true } as ServiceFact
    const told = { hosts: { 'node-1': { ...host, services: { web } } } }
    const value = record(told)
    expect((await reread(value)).kind).toBe('recording')
    expect(openRecording(desired, value).actual).toEqual(told)
    value.hosts[0].services[0].trust[0].names[0] = '30AB'
    expect((await reread(value)).kind).toBe('refused')
  })
})

/** As `plan --facts` reads it. */
function reread(value: object) {
  const file = join(makeFolder(), 'facts.json')
  writeFileSync(file, JSON.stringify(value))
  return readRecording(file, '/', diskFiles)
}

/** As a policy will say it. */
function asking(desired: Desired): Desired {
  const trust = ['127.0.0.1', '::1'].map((hostname) => ({ hostname, port: 1 }))
  const plays = desired.plays.map((play) => ({
    ...play,
    services: play.services.map(({ probe, ...service }) => ({
      ...service,
      leads: ['test', '1', '-eq', '2'] as const,
      ...(probe ? { probe: { ...probe, trust } } : {}),
    })),
  }))
  return { ...desired, plays }
}

describe('the clock of a host', () => {
  it.each([
    [-59_000, undefined],
    [60_000, undefined],
    [61_000, "its clock is 1 minute ahead of the control node's"],
    [-7_200_000, "its clock is 2 hours behind the control node's"],
  ])('that is %d ms off is told: %s', async (clockAheadMs, message) => {
    const { desired, actual } = await observe(['node-1'])
    const host = actual.hosts['node-1'] as HostActual
    const { problems } = diff(desired, { hosts: { 'node-1': { ...host, clockAheadMs } } }, new Date(start))
    expect(problems.find(({ code }) => code === 'clock-differs')?.message).toBe(message)
  })

  it('is measured by the control node, whatever the round trip takes', async () => {
    const { engine } = await observe(['node-1'])
    const desired = await engine.load()
    const { resolve } = makeSecrets()
    const [host] = Object.values(connectHosts(desired, resolve))
    if (!host) throw new Error('no host')
    const measure = async (offMs: number) => {
      const slow = {
        ...host,
        gather: async (...args: Parameters<typeof host.gather>) => {
          const answer = await host.gather(...args)
          await new Promise((settle) => setTimeout(settle, 100))
          return { ...answer, clockMs: answer.clockMs + offMs }
        },
      }
      const { hosts } = await gather(desired, { 'node-1': slow }, resolve)
      return (hosts['node-1'] as HostActual).clockAheadMs
    }
    expect(await measure(0)).toBe(0)
    expect(Math.round((await measure(600_000)) / 10_000)).toBe(60)
    expect(Math.round((await measure(-600_000)) / 10_000)).toBe(-60)
  })
})

it.each([
  [{ freeBytes: 20_000 }, 'no-space', '/pki has 19 KiB left, and 32 KiB are needed'],
  [{ writable: false }, 'not-writable', '/pki may not be written to'],
])('a disk with %j stops its host before anything is begun', async (change, code, message) => {
  const engine = await makeEngine(smallPolicy())
  await engine.apply()
  const desired = await engine.load()
  const { resolve } = makeSecrets()
  const { hosts } = await gather(desired, connectHosts(desired, resolve), resolve)
  const host = hosts['node-1'] as HostActual
  const full = { hosts: { 'node-1': { ...host, disks: host.disks.map((disk) => ({ ...disk, ...change })) } } }
  const problemsAt = (at: string) => diff(desired, full, new Date(at)).problems
  expect(problemsAt('2027-03-01T00:00:00Z')).toMatchObject([{ code, message }])
  expect(problemsAt(start)).toEqual([])
})
