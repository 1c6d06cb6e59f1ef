import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Engine } from '../support/engine.ts'
import { makeEngine, outline, smallPolicy, start } from '../support/engine.ts'

const later = new Date(Date.parse(start) + 90 * 86_400_000).toISOString()
const hosts = ['node-1', 'node-2', 'node-3', 'node-4']

/** A service on each host that restarts with its leaf; where `broken-HOST` exists its restart fails. */
async function makeFleet(play: string, service = ''): Promise<Engine & { log: () => string[] }> {
  const script = 'echo {{ inventory_hostname }} >>LOG; [ ! -e BROKEN-{{ inventory_hostname }} ]'
  const services = `services:
  web:
    manager: command
    command: { restart: [sh, -c, "${script}"], is_active: ${service === '' ? '["true"]' : service} }
    singleton: ${service !== ''}
    probe: { command: ["true"] }
    uses: { leaf: restart }
`
  const engine = await makeEngine(smallPolicy('', 'held_by: control', services), hosts, play)
  const policy = readFileSync(join(engine.folder, 'policy.yml'), 'utf8')
  const paths = policy
    .replaceAll('LOG', join(engine.folder, 'log'))
    .replaceAll('BROKEN', join(engine.folder, 'broken'))
    .replaceAll('ACTIVE', join(engine.folder, 'active'))
  await engine.write('policy.yml', paths)
  const inventory = readFileSync(join(engine.folder, 'inventory.yml'), 'utf8')
  await engine.write(
    'inventory.yml',
    `${inventory}    control: { ansible_connection: local, certwright_root: hosts/control }\n`,
  )
  mkdirSync(engine.root('control'), { recursive: true })
  const text = readFileSync(join(engine.folder, 'play.yml'), 'utf8')
  await engine.write('play.yml', text.replace('hosts: all', "hosts: 'node-*'"))
  writeFileSync(join(engine.folder, 'log'), '')
  return {
    ...engine,
    log: () => readFileSync(join(engine.folder, 'log'), 'utf8').split('\n').filter(Boolean),
  }
}

const day = (days: number) => new Date(Date.parse(start) + days * 86_400_000).toISOString()
const breakOn = (engine: Engine, host: string) => writeFileSync(join(engine.folder, `broken-${host}`), '')
const leaves = (engine: Engine) => hosts.filter((host) => existsSync(join(engine.root(host), 'pki/leaf.crt')))

describe('a play in batches', () => {
  it('installs on all hosts of a batch, then tells their services one after the other', async () => {
    const engine = await makeFleet('serial: 2')
    const { outcomes } = await engine.apply()
    const order = outcomes.filter(({ address }) => !address.includes('/alarm/')).map(({ address }) => address)
    const index = (address: string) => order.indexOf(address)
    expect(order[0]).toBe('control/authority/ca')
    expect(index('node-2/certificate/leaf')).toBeLessThan(index('node-1/service/web'))
    expect(index('node-2/service/web')).toBeLessThan(index('node-3/certificate/leaf'))
    expect(engine.log()).toEqual(hosts)
    expect(outline(await engine.plan())).toEqual([])
  })

  it('stops after a batch in which a host failed, and restarts nobody else in it', async () => {
    const engine = await makeFleet('serial: 2, on_failure: keep')
    breakOn(engine, 'node-1')
    const { outcomes } = await engine.apply()
    expect(engine.log()).toEqual(['node-1'])
    expect(leaves(engine)).toEqual(['node-1', 'node-2'])
    expect(outcomes.filter(({ address }) => address === 'node-2/service/web')).toMatchObject([
      { status: 'skipped', detail: 'not restarted: web failed on node-1; still owed' },
    ])
    rmSync(join(engine.folder, 'broken-node-1'))
    await engine.apply()
    expect(engine.log()).toEqual(['node-1', ...hosts])
    expect(outline(await engine.plan())).toEqual([])
  })

  it('goes on as long as no more hosts fail than max_fail_percentage allows', async () => {
    const engine = await makeFleet('serial: 2, on_failure: keep, max_fail_percentage: 50')
    breakOn(engine, 'node-1')
    await engine.apply()
    expect(engine.log()).toEqual(hosts)
    breakOn(engine, 'node-2')
    await engine.apply(later)
    expect(engine.log().slice(4)).toEqual(['node-1', 'node-2'])
  })

  it.each([
    [0, 2],
    [1, 1],
    [2, 0],
  ])('counts %d hosts that are lost from the start: %d more may fail', async (lost, more) => {
    const engine = await makeFleet('max_fail_percentage: 50')
    for (const host of hosts.slice(0, lost))
      mkdirSync(join(engine.root(host), 'pki/leaf.key'), { recursive: true })
    const plan = await engine.plan()
    expect(plan.batches.map(({ allowedFailures }) => allowedFailures)).toEqual([more])
  })

  it('with any_errors_fatal stops in the middle of a batch', async () => {
    const engine = await makeFleet('any_errors_fatal: true, on_failure: keep')
    breakOn(engine, 'node-2')
    const { outcomes } = await engine.apply()
    expect(engine.log()).toEqual(['node-1', 'node-2'])
    expect(outcomes.filter(({ status }) => status === 'skipped').map(({ address }) => address)).toEqual([
      'node-3/service/web',
      'node-4/service/web',
    ])
  })

  it.each([
    ['any_errors_fatal: true, serial: 1', [], hosts],
    ['max_fail_percentage: 0, serial: 1', ['node-1'], ['node-2', 'node-3', 'node-4']],
    ['max_fail_percentage: 25', ['node-1', 'node-3', 'node-4'], []],
    ['serial: 1', ['node-1', 'node-3', 'node-4'], []],
  ])('with %s and a host that is lost from the start works on %j', async (play, expected, stopped) => {
    const engine = await makeFleet(play)
    mkdirSync(join(engine.root('node-2'), 'pki/leaf.key'), { recursive: true })
    const plan = await engine.plan()
    const held = plan.problems.filter(({ code }) => code === 'play-stopped').map(({ host }) => host)
    expect(held).toEqual(stopped)
    await engine.apply()
    expect(leaves(engine)).toEqual(expected)
  })

  it('comes to the host where a singleton runs last, whatever its place in the inventory', async () => {
    const engine = await makeFleet('serial: 1', '[test, -e, "ACTIVE-{{ inventory_hostname }}"]')
    writeFileSync(join(engine.folder, 'active-node-2'), '')
    const plan = await engine.plan()
    expect(plan.batches.map((batch) => batch.hosts)).toEqual([['node-1'], ['node-3'], ['node-4'], ['node-2']])
    await engine.apply()
    expect(engine.log()).toEqual(['node-2'])
    expect(outline(await engine.plan())).toEqual([])
  })
})

describe('a service that is broken for good on one host', () => {
  it('holds up the batches after it until what they have is about to expire', async () => {
    const engine = await makeFleet('serial: 1')
    await engine.apply()
    breakOn(engine, 'node-1')
    const { outcomes } = await engine.apply(day(96))
    expect(engine.log().slice(4)).not.toContain('node-2')
    const held = outcomes.filter(({ address }) => address === 'node-2/certificate/leaf')
    expect(held).toMatchObject([
      { status: 'skipped', detail: 'not reached: node-1 failed, and the play ends with that batch' },
    ])
    await engine.apply(day(98))
    expect(new Set(engine.log().slice(4))).toEqual(new Set(hosts))
  })

  it('holds up its like elsewhere until what they still have is about to expire', async () => {
    const engine = await makeFleet('on_failure: keep')
    await engine.apply()
    breakOn(engine, 'node-1')
    await engine.apply(day(90))
    expect(engine.log().slice(4)).toEqual(['node-1'])
    await engine.apply(day(101))
    expect(engine.log().slice(4)).toEqual(['node-1', 'node-1'])
    const told = engine.read('var/lib/certwright/alarms.json', 'node-2').toString()
    expect(told).toContain('web: not restarted: web failed on node-1; still owed')
    await engine.apply(day(103))
    expect(engine.log().slice(6)).toEqual(hosts)
  })

  it.each(['max_fail_percentage: 0', 'any_errors_fatal: true'])(
    'holds up what comes after it for as long as the play says so: %s',
    async (rule) => {
      const engine = await makeFleet(`serial: 1, ${rule}`)
      await engine.apply()
      breakOn(engine, 'node-1')
      await engine.apply(day(98))
      expect(engine.log().slice(4)).not.toContain('node-2')
    },
  )

  describe.each([
    ['of another host', 'node-2', 'policy.yml'],
    ['that begins on the same host', 'node-1:node-2', 'other.yml'],
  ])('and another play, %s,', (_what, second, policy) => {
    const run = async (rule: string) => {
      const services =
        'variables: { restart: { type: string } }\nservices: { web: { manager: command, command: { restart: ["{{ restart }}"], is_active: ["true"] }, probe: { retries: 0, command: ["true"] }, uses: { leaf: restart } } }'
      const own = smallPolicy('', '', services)
      const engine = await makeEngine(own, ['node-1', 'node-2'])
      const others = own
        .replaceAll('/pki/', '/other/')
        .replace('  ca:', '  root:')
        .replace('authority: ca', 'authority: root')
        .replace('  leaf:', '  page:')
        .replace('web:', 'api:')
        .replace('uses: { leaf', 'uses: { page')
      await engine.write('other.yml', others)
      const play = (hosts: string, file: string, restart: string) =>
        `- { name: ${file}, hosts: '${hosts}', policy: ${file}, serial: 1, vars: { restart: ${restart} } ${rule} }`
      const plays = [play('node-1', 'policy.yml', '/bin/false'), play(second, policy, '/bin/true')]
      await engine.write('play.yml', `${plays.join('\n')}\n`)
      const { outcomes } = await engine.apply()
      return outcomes.filter(({ host, action }) => host === 'node-2' && action !== 'raise')
    }

    it('does not keep that waiting', async () => {
      expect((await run('')).map(({ status }) => status)).toEqual(['done', 'done', 'done'])
    })

    it('ends the run where the play says so', async () => {
      expect((await run(', any_errors_fatal: true')).map(({ status }) => status)).toEqual([
        'skipped',
        'skipped',
        'skipped',
      ])
    })
  })
})

it('a private key that lies twice on one host is copied there', async () => {
  const engine = await makeEngine(
    smallPolicy('copies: [{ certificate: /copy/leaf.crt, private_key: /copy/leaf.key }]'),
  )
  await engine.apply()
  expect(engine.read('copy/leaf.key')).toEqual(engine.read('pki/leaf.key'))
  rmSync(join(engine.root(), 'copy'), { recursive: true })
  expect(outline(await engine.plan())).toEqual(['update leaf: missing'])
  await engine.apply()
  expect(engine.read('copy/leaf.key')).toEqual(engine.read('pki/leaf.key'))
})
