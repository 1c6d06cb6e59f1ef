import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { distinct } from '../support/distinct.ts'
import { makeEngine, smallPolicy } from '../support/engine.ts'

const hosts = ['node-1', 'node-2', 'node-3']
const planned = (changes: readonly { host: string; name: string; action: string }[]) =>
  changes.map(({ host, name, action }) => `${action} ${host} ${name}`)

describe('--limit', () => {
  it('changes the chosen hosts and no other, and a run without it does the rest', async () => {
    const engine = await makeEngine(smallPolicy(), hosts)
    const limited = await engine.plan(undefined, 'node-1')
    expect(limited.hosts).toEqual(['node-1'])
    expect(planned(limited.changes)).toEqual(['create node-1 ca', 'create node-1 leaf'])
    const result = await engine.apply(undefined, { limit: 'node-1' })
    expect(distinct(result.outcomes.map(({ host }) => host))).toEqual(['node-1'])
    expect(() => engine.read('pki/ca.crt', 'node-2')).toThrow('ENOENT')
    expect(planned((await engine.plan(undefined, 'node-1')).changes)).toEqual([])
    await engine.apply()
    expect(engine.read('pki/ca.crt', 'node-2')).toEqual(engine.read('pki/ca.crt', 'node-1'))
    expect(planned((await engine.plan()).changes)).toEqual([])
  })

  it('takes what is shared from hosts outside it, without changing anything there', async () => {
    const engine = await makeEngine(smallPolicy('scope: shared'), hosts)
    await engine.apply()
    const authority = engine.read('pki/ca.crt')
    for (const host of hosts.slice(1)) rmSync(join(engine.root(host), 'pki'), { recursive: true })
    const plan = await engine.plan(undefined, 'node-3')
    expect(planned(plan.changes)).toEqual(['create node-3 ca', 'create node-3 leaf'])
    await engine.apply(undefined, { limit: 'node-3' })
    expect(engine.read('pki/ca.crt', 'node-3')).toEqual(authority)
    expect(engine.read('pki/leaf.key', 'node-3')).toEqual(engine.read('pki/leaf.key', 'node-1'))
    expect(() => engine.read('pki/ca.crt', 'node-2')).toThrow('ENOENT')
  })

  it('does not issue a second authority because the first is out of sight', async () => {
    const engine = await makeEngine(smallPolicy(), hosts)
    const plan = await engine.plan(undefined, 'node-2')
    expect(plan.tasks.filter(({ kind }) => kind === 'issue')).toEqual([])
    expect(plan.problems.map(({ address, code }) => `${address} ${code}`)).toEqual([
      'node-2/authority/ca outside-limit',
      'node-2/certificate/leaf outside-limit',
    ])
  })

  it('is not hindered by a host outside it that is broken, as long as it needs nothing from it', async () => {
    const engine = await makeEngine(smallPolicy(), hosts)
    await engine.apply()
    const key = join(engine.root('node-3'), 'pki/leaf.key')
    rmSync(key)
    mkdirSync(key)
    rmSync(join(engine.root('node-2'), 'pki/leaf.crt'))
    const plan = await engine.plan(undefined, 'node-2')
    expect(plan.problems).toEqual([])
    expect(planned(plan.changes)).toEqual(['create node-2 leaf'])
  })

  it('is hindered by one that it needs', async () => {
    const engine = await makeEngine(smallPolicy(), hosts)
    await engine.apply()
    writeFileSync(join(engine.root('node-1'), 'pki/ca.key'), 'rubbish')
    rmSync(join(engine.root('node-2'), 'pki/leaf.crt'))
    const plan = await engine.plan(undefined, 'node-2')
    expect(plan.problems.map(({ host, code }) => `${host} ${code}`)).toEqual(['node-2 depends-on-blocked'])
  })

  it('holds back what needs a host outside it, and nothing else', async () => {
    const engine = await makeEngine(smallPolicy(), hosts)
    await engine.apply()
    const due = '2027-02-21T00:00:00Z'
    const other = smallPolicy().replace(
      'certificates:\n',
      `  new-ca:
    subject: { common_name: new-ca }
    certificate: { path: /pki/new-ca.crt }
    private_key: { path: /pki/new-ca.key }
certificates:
  new:
    authority: new-ca
    subject: { common_name: new }
    certificate: { path: /pki/new.crt }
    private_key: { path: /pki/new.key }
`,
    )
    await engine.write('policy.yml', other)
    const { problems, changes } = await engine.plan(due, 'node-2')
    expect(problems.map(({ address, code }) => `${address} ${code}`)).toEqual([
      'node-2/authority/new-ca outside-limit',
      'node-2/certificate/new outside-limit',
    ])
    expect(planned(changes)).toContain('renew node-2 leaf')
  })

  it('does not keep quiet about an authority that is due', async () => {
    const engine = await makeEngine(smallPolicy(), hosts)
    await engine.apply()
    const { rotations, unchanged, changes } = await engine.plan('2036-01-01T00:00:00Z', 'node-2')
    expect(rotations).toMatchObject([{ authority: 'ca', phase: 'prepare' }])
    expect(rotations[0]?.waits.map(({ host }) => host)).toContain('node-1')
    expect(unchanged.map(({ address, why }) => [address, why])).toEqual([
      ['node-2/authority/ca', expect.stringContaining('valid until 2036-11-20')],
    ])
    expect(planned(changes)).toContain('renew node-2 leaf')
  })
})
