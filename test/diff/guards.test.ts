import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { planToJson } from '../../src/report/json.ts'
import { formatPlan } from '../../src/report/plan-text.ts'
import { distinct } from '../support/distinct.ts'
import { makeEngine, outline, smallPolicy, start } from '../support/engine.ts'

const day = 86_400_000
const later = (days: number) => new Date(Date.parse(start) + days * day).toISOString()
const hosts = ['node-1', 'node-2', 'node-3']
const services = `services:
  web:
    manager: command
    command: { restart: ["true"], is_active: ["true"] }
    uses: { leaf: restart }
    probe: { command: ["true"] }
`
/** After 90 days, three leaves are due, and three restarts with them. */
const due = later(90)

async function makeFleet(guards: string) {
  const engine = await makeEngine(smallPolicy('', '', services), hosts, `guards: ${guards}`)
  await engine.apply()
  return engine
}

const told = ({ problems }: Awaited<ReturnType<Awaited<ReturnType<typeof makeFleet>>['plan']>>) =>
  problems.map(({ host, code, message }) => `${host} ${code}: ${message}`)

describe('guards', () => {
  it.each([
    ['certificates: 2', 'the plan renews or replaces 3 certificates, guards allow 2', 'certificates=3'],
    ['hosts: 2', 'the plan changes 3 hosts, guards allow 2', 'hosts=3'],
    ['restarts: 0', 'the plan restarts 3 services, guards allow 0', 'restarts=3'],
  ])('{ %s } hold back a play that would do more', async (guard, message, allow) => {
    const engine = await makeEngine(smallPolicy('', '', services), hosts)
    await engine.apply()
    await engine.write('play.yml', `- { name: test, hosts: all, policy: policy.yml, guards: { ${guard} } }\n`)
    const plan = await engine.plan(due)
    expect(told(plan)).toEqual(hosts.map((host) => `${host} guard-exceeded: ${message}`))
    expect(plan.problems[0]).toMatchObject({
      hint: `read the plan; if that is right: --allow ${allow}`,
      source: { file: 'play.yml', line: 1 },
    })
    expect(distinct(plan.tasks.map(({ kind }) => kind))).toEqual(['alarms'])
    expect(plan.refused.map(({ action, name }) => `${action} ${name}`)).toContain('renew leaf')
    expect(distinct(plan.changes.map(({ kind }) => kind))).toEqual(['alarm'])
  })

  it.each(['certificates: 3', 'hosts: 3', 'restarts: 3', 'authorities: 0'])(
    '{ %s } let through what is not above them',
    async (guard) => {
      const plan = await (await makeFleet(`{ ${guard} }`)).plan(due)
      expect(plan.problems).toEqual([])
      expect(plan.refused).toEqual([])
      expect(plan.changes).toHaveLength(6)
    },
  )

  it('do not count what is created', async () => {
    const engine = await makeEngine(smallPolicy(), hosts, 'guards: { certificates: 0, authorities: 0 }')
    expect((await engine.plan()).problems).toEqual([])
  })

  it('do not count hosts that are left alone anyway', async () => {
    const engine = await makeFleet('{ hosts: 3, certificates: 2 }')
    const plan = await engine.plan(due, 'node-1,node-2')
    expect(plan.problems).toEqual([])
  })

  it('are raised for one run, and never lowered', async () => {
    const engine = await makeFleet('{ certificates: 2 }')
    expect((await engine.plan(due, undefined, { certificates: 3 })).problems).toEqual([])
    expect((await engine.plan(due, undefined, { certificates: 1 })).problems[0]?.message).toContain('allow 2')
  })

  it('show what they refuse, and raise the alarm', async () => {
    const engine = await makeEngine(smallPolicy(), ['node-1'], 'guards: { certificates: 0 }')
    await engine.apply()
    const plan = await engine.plan(due)
    expect(planToJson(plan)).toMatchObject({
      refused: [{ action: 'renew', name: 'leaf' }],
      summary: { renew: 0, refused: 1 },
    })
    const text = formatPlan(plan, { colour: false, verbose: false })
    expect(text).toMatch(/\n {6}carried out all the same:\n {2}! raise {4}alarm 250\.003\n/)
    expect(text).toMatch(
      /✗ guard certificates {3}the plan renews or replaces 1 certificate, guards allow 0 {3}play\.yml:1:\d+\n {6}read the plan; if that is right: --allow certificates=1\n {6}refused, and not carried out:\n {2}~ renew {4}certificate leaf/,
    )
    expect(text).toMatch(/ · 1 host with a problem · refused by guards: 1 to renew\n$/)
    const before = engine.read('pki/leaf.crt')
    const { alarms, needsHuman } = await engine.apply(due)
    expect(engine.read('pki/leaf.crt')).toEqual(before)
    expect(needsHuman).toBe(true)
    expect(alarms[0]).toMatchObject({ id: '250.003', repair: expect.stringContaining('guards allow 0') })
  })
})

describe('without a word about authorities', () => {
  it('none is replaced, and its leaves stay with it', async () => {
    const engine = await makeEngine(smallPolicy())
    await engine.apply()
    rmSync(join(engine.root(), 'pki/ca.key'))
    const plan = await engine.plan()
    expect(told(plan)).toEqual([
      'node-1 guard-exceeded: ca on node-1: /pki/ca.key does not exist; the plan replaces 1 authority, guards allow 0',
    ])
    expect(plan.refused.map(({ action, name }) => `${action} ${name}`)).toEqual([
      'replace ca',
      'replace leaf',
    ])
  })

  it('one that other hosts trust counts as there, though nothing is left of it where it was made', async () => {
    const engine = await makeEngine(smallPolicy(), hosts)
    await engine.apply()
    rmSync(join(engine.root('node-1'), 'pki'), { recursive: true })
    expect((await engine.plan()).problems.map(({ host, code }) => `${host} ${code}`)).toEqual([
      'node-1 guard-exceeded',
      'node-1 depends-on-blocked',
      'node-2 guard-exceeded',
      'node-3 guard-exceeded',
    ])
  })

  it('those that are due are renewed, intermediates below them included', async () => {
    const policy = smallPolicy().replace(
      'certificates:\n  leaf:\n    authority: ca\n',
      '  middle:\n    authority: ca\n    subject: { common_name: middle }\n    path_length: 0\n    certificate: { path: /pki/middle.crt }\n    private_key: { path: /pki/middle.key }\n    validity: 3600d\n    renew_before: 20d\ncertificates:\n  leaf:\n    authority: middle\n',
    )
    const engine = await makeEngine(policy)
    await engine.apply()
    const plan = await engine.plan(later(3290))
    expect(outline(plan).slice(0, 2)).toEqual(['renew ca: expires-soon', 'replace middle: issuer-differs'])
    expect(plan.problems).toEqual([])
  })

  it('a play with an authority of its own goes on, on the same control node', async () => {
    const engine = await makeEngine(smallPolicy('', 'held_by: control'), ['node-1', 'node-2'])
    await engine.write(
      'other.yml',
      smallPolicy('', 'held_by: control')
        .replaceAll('/pki/', '/other/')
        .replace('  ca:', '  other-ca:')
        .replace('authority: ca', 'authority: other-ca'),
    )
    await engine.write(
      'play.yml',
      '- { hosts: node-1, policy: policy.yml }\n- { hosts: node-2, policy: other.yml }\n',
    )
    await engine.write(
      'inventory.yml',
      `all:
  vars: { ansible_connection: local }
  hosts:
    node-1: { certwright_root: hosts/node-1 }
    node-2: { certwright_root: hosts/node-2 }
    control: { certwright_root: hosts/control }
`,
    )
    await engine.apply()
    rmSync(join(engine.root('control'), 'pki/ca.key'))
    const { problems, tasks } = await engine.plan(due)
    expect(problems.map(({ host, code }) => `${host} ${code}`)).toEqual([
      'control guard-exceeded',
      'node-1 guard-exceeded',
      'node-1 depends-on-blocked',
    ])
    expect(problems.at(-1)?.message).toContain(
      '): ca is not in order, and is not made anew (/pki/ca.key does not exist)',
    )
    expect(tasks.filter(({ kind }) => kind !== 'alarms').map(({ id }) => id)).toEqual([
      'issue play2:certificate/leaf@node-2',
      'install node-2',
    ])
  })
})
