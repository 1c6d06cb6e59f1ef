import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { planToJson } from '../../src/report/json.ts'
import { formatPlan } from '../../src/report/plan-text.ts'
import { distinct } from '../support/distinct.ts'
import { makeEngine, middlePolicy, outline, smallPolicy, start } from '../support/engine.ts'

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
    const engine = await makeEngine(middlePolicy())
    await engine.apply()
    rmSync(join(engine.root(), 'pki/middle.key'))
    const plan = await engine.plan()
    expect(told(plan)).toEqual([
      'node-1 guard-exceeded: middle on node-1: /pki/middle.key does not exist; the plan replaces 1 authority, guards allow 0',
    ])
    expect(plan.refused.map(({ action, name }) => `${action} ${name}`)).toEqual([
      'replace middle',
      'replace leaf',
    ])
  })

  it('one that is trusted by itself stays trusted when its key is lost, and what it would sign waits', async () => {
    const engine = await makeEngine(smallPolicy())
    await engine.apply()
    rmSync(join(engine.root(), 'pki/ca.key'))
    const plan = await engine.plan()
    expect(told(plan)).toEqual([])
    expect(outline(plan)).toEqual(['raise 500.220 ca: alarm-condition'])
    expect(plan.rotations).toMatchObject([{ authority: 'ca', phase: 'prepare', advances: false }])
    const [problem, ...others] = told(await engine.plan(due))
    expect(problem).toMatch(/^node-1 depends-on-blocked: .*ca is not in order/)
    expect(others).toEqual([])
  })

  it('one that other hosts trust is trusted where it was made, though nothing is left of it there', async () => {
    const engine = await makeEngine(smallPolicy(), hosts)
    await engine.apply()
    rmSync(join(engine.root('node-1'), 'pki'), { recursive: true })
    const { plan, result } = await engine.night()
    expect(result.outcomes.filter(({ status }) => status === 'failed')).toEqual([])
    expect(plan.problems.map(({ host, code }) => `${host} ${code}`)).toEqual(['node-1 depends-on-blocked'])
    expect(plan.changes.filter(({ action }) => action === 'replace' || action === 'renew')).toEqual([])
    expect(engine.read('pki/ca.crt')).toEqual(engine.read('pki/ca.crt', 'node-2'))
  })

  it('those that are due are renewed, and what is below them with them', async () => {
    const engine = await makeEngine(middlePolicy())
    await engine.apply()
    const plan = await engine.plan(later(3590))
    expect(outline(plan).slice(0, 2)).toEqual([
      'renew middle: expires-soon',
      'replace leaf: expired, issuer-differs',
    ])
    expect(plan.problems).toEqual([])
  })

  it('those that are trusted by themselves get a successor, and intermediates below them follow', async () => {
    const automatic = 'subject: { common_name: test-ca }\n    rotation: { start: automatic }'
    const engine = await makeEngine(middlePolicy().replace('subject: { common_name: test-ca }', automatic))
    await engine.apply()
    const before = engine.read('pki/middle.crt')
    const night = async (left: number): Promise<readonly string[]> => {
      const { plan } = await engine.night(later(3290))
      expect(told(plan)).toEqual([])
      const phases = plan.rotations.map(({ phase }) => phase)
      return phases.length === 0 || left === 0 ? phases : [...phases, ...(await night(left - 1))]
    }
    expect(await night(8)).toEqual(['prepare', 'trust', 'sign', 'distrust', 'finish'])
    expect(engine.read('pki/middle.crt')).not.toEqual(before)
    const files = ['ca.crt', 'middle.crt'].map((name) => join(engine.root(), 'pki', name))
    const verify = ['verify', '-x509_strict', '-attime', String(Date.parse(later(3290)) / 1000), '-CAfile']
    expect(execFileSync('openssl', [...verify, ...files]).toString()).toContain('OK')
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
    expect(problems.map(({ host, code }) => `${host} ${code}`)).toEqual(['node-1 depends-on-blocked'])
    expect(problems.at(-1)?.message).toContain('): ca is not in order, and is not made anew')
    expect(tasks.filter(({ kind }) => kind !== 'alarms').map(({ id }) => id)).toEqual([
      'issue play2:certificate/leaf@node-2',
      'install node-2',
    ])
  })
})
