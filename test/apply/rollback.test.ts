import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Engine, makeEngine, outline, start } from '../support/engine.ts'

const day = 86_400_000
const later = (days: number) => new Date(Date.parse(start) + days * day).toISOString()

/** Two authorities below a root; below each, two leaves; a service for the first leaf of each, and one for both second ones. */
const policy = `
defaults: { private_key: { type: ECDSA }, validity: 100d, renew_before: 15d }
authorities:
  root:
    subject: { common_name: root }
    path_length: 1
    validity: 3650d
    certificate: { path: /root/ca.crt }
    private_key: { path: /root/ca.key }
${['red', 'blue']
  .map(
    (name) => `  ${name}:
    authority: root
    subject: { common_name: ${name} }
    held_by: all
    validity: 200d
    certificate: { path: /${name}/ca.crt }
    private_key: { path: /${name}/ca.key }`,
  )
  .join('\n')}
certificates:
${['red', 'blue']
  .flatMap((name) =>
    ['one', 'two'].map(
      (which) => `  ${name}-${which}:
    authority: ${name}
    subject: { common_name: ${name}-${which} }
    extended_key_usage: [clientAuth]
    certificate: { path: /${name}/${which}.crt }
    private_key: { path: /${name}/${which}.key }`,
    ),
  )
  .join('\n')}
services:
${[
  ['red', 'red-one'],
  ['both', 'red-two', 'blue-two'],
  ['blue', 'blue-one'],
]
  .map(
    ([name, ...uses]) => `  ${name}:
    manager: command
    command: { restart: [sh, -c, "echo ${name} {{ inventory_hostname }} >>LOG; B=BROKEN-${name}-{{ inventory_hostname }}; [ -e $B ] || exit 0; grep -q once $B && rm $B; exit 1"], is_active: ["true"] }
    uses: { ${uses.map((pair) => `${pair}: restart`).join(', ')} }`,
  )
  .join('\n')}
`

interface Site extends Engine {
  /** What has been told to restart since it was last asked. */
  told(): string[]
  /** `once`: its next restart fails, and none after that. */
  break(service: string, host: string, how: boolean | 'once'): void
  /** In the policy. */
  rewrite(from: string, to: string): Promise<void>
}

async function makeSite(hosts: readonly string[], play: string): Promise<Site> {
  const engine = await makeEngine(policy, hosts, play)
  const [log, broken] = [join(engine.folder, 'log'), join(engine.folder, 'broken')]
  await engine.write('policy.yml', policy.replaceAll('LOG', log).replaceAll('BROKEN', broken))
  const told = () => {
    const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : []
    rmSync(log, { force: true })
    return lines
  }
  const mend = (path: string, how: boolean | 'once') =>
    how ? writeFileSync(path, `${how}`) : rmSync(path, { force: true })
  const rewrite = (from: string, to: string) => {
    const text = readFileSync(join(engine.folder, 'policy.yml'), 'utf8')
    if (!text.includes(from)) throw new Error(`the policy has no ${from}`)
    return engine.write('policy.yml', text.replace(from, to))
  }
  await engine.apply()
  told()
  return {
    ...engine,
    told,
    rewrite,
    break: (service, host, how) => mend(`${broken}-${service}-${host}`, how),
  }
}

const files = ['red', 'blue'].flatMap((name) => ['ca', 'one', 'two'].map((stem) => `${name}/${stem}.crt`))
const contents = (site: Engine, host: string) => files.map((file) => site.read(file, host).toString())
const changed = (before: readonly string[], after: readonly string[]) =>
  files.filter((_file, index) => before[index] !== after[index])

describe('a service that does not come back', () => {
  it('takes back its own files, and what else was renewed stays and is told', async () => {
    const site = await makeSite(['a'], 'on_failure: rollback')
    const before = contents(site, 'a')
    site.break('red', 'a', 'once')
    const { outcomes, failed } = await site.apply(later(90))
    expect(changed(before, contents(site, 'a'))).toEqual(['red/two.crt', 'blue/one.crt', 'blue/two.crt'])
    expect(site.told().toSorted()).toEqual(['blue a', 'both a', 'red a', 'red a'])
    expect(failed).toEqual([{ host: 'a', files: 'put-back', owed: [] }])
    const state = (address: string) =>
      outcomes.filter((each) => each.address === address).map(({ status }) => status)
    expect(state('a/certificate/red-one')).toEqual(['rolled-back'])
    expect(state('a/service/red')).toEqual(['failed', 'rolled-back'])
    for (const address of ['certificate/red-two', 'certificate/blue-one', 'service/both', 'service/blue'])
      expect(state(`a/${address}`), address).toEqual(['done'])
    expect(outline(await site.plan(later(90))).slice(0, 2)).toEqual([
      'renew red-one: expires-soon',
      'restart red: uses-changed',
    ])
    site.break('red', 'a', false)
    expect((await site.apply(later(90))).alarms).toEqual([])
    expect(outline(await site.plan(later(90)))).toEqual([])
  })

  it('takes back an authority with all that it signed, and whoever was told of it is told again', async () => {
    const site = await makeSite(['a'], 'on_failure: rollback, guards: { authorities: 1 }')
    const before = contents(site, 'a')
    await site.rewrite('{ common_name: red }', '{ common_name: scarlet }')
    await site.rewrite('{ common_name: blue-one }', '{ common_name: azure-one }')
    // After the two others.
    site.break('red', 'a', 'once')
    await site.rewrite(
      '  red:\n    manager: command',
      '  red:\n    after: [both, blue]\n    manager: command',
    )
    const { outcomes, failed, needsHuman } = await site.apply(later(1))
    expect(changed(before, contents(site, 'a'))).toEqual(['blue/one.crt'])
    expect(site.told()).toEqual(['both a', 'blue a', 'red a', 'both a', 'red a'])
    expect(failed).toEqual([{ host: 'a', files: 'put-back', owed: [] }])
    expect(needsHuman).toBe(false)
    const back = outcomes.filter(({ status }) => status === 'rolled-back').map(({ address }) => address)
    expect(new Set(back)).toEqual(
      new Set(
        ['authority/red', 'certificate/red-one', 'certificate/red-two', 'service/both', 'service/red'].map(
          (name) => `a/${name}`,
        ),
      ),
    )
  })

  it('is one of several: each takes back its own, and the last one finds what it needs', async () => {
    const site = await makeSite(['a'], 'on_failure: rollback')
    const before = contents(site, 'a')
    for (const service of ['red', 'both', 'blue']) site.break(service, 'a', true)
    const { failed, outcomes } = await site.apply(later(90))
    expect(changed(before, contents(site, 'a'))).toEqual([])
    expect(failed).toEqual([{ host: 'a', files: 'put-back', owed: [] }])
    expect(outcomes.filter(({ status }) => status === 'done').map(({ action }) => action)).toEqual(
      expect.not.arrayContaining(['renew']),
    )
    for (const service of ['red', 'both', 'blue']) site.break(service, 'a', false)
    await site.apply(later(90))
    expect(changed(before, contents(site, 'a'))).toHaveLength(4)
    expect(outline(await site.plan(later(90)))).toEqual([])
  })

  it('holds up its like on other hosts, and no other service', async () => {
    const site = await makeSite(['a', 'b'], 'on_failure: keep')
    site.break('red', 'a', true)
    const { failed, outcomes } = await site.apply(later(90))
    expect(site.told()).toEqual(['red a', 'both a', 'blue a', 'both b', 'blue b'])
    expect(outcomes.filter(({ status }) => status === 'skipped')).toMatchObject([
      { address: 'b/service/red', detail: 'not restarted: red failed on a; still owed' },
    ])
    expect(failed).toMatchObject([{ host: 'a', files: 'kept', owed: ['a/service/red'] }])
    site.break('red', 'a', false)
    await site.apply(later(90))
    expect(site.told()).toEqual(['red a', 'red b'])
    expect(outline(await site.plan(later(90)))).toEqual([])
  })

  it('and that fails with the old files as well owes them, and its alarm stands until it has proved itself', async () => {
    const site = await makeSite(['a'], 'on_failure: rollback')
    const before = contents(site, 'a')
    await site.rewrite('{ common_name: red-one }', '{ common_name: scarlet }')
    site.break('red', 'a', true)
    const { outcomes, needsHuman } = await site.apply(later(1))
    expect(changed(before, contents(site, 'a'))).toEqual([])
    expect(outcomes.filter(({ address }) => address === 'a/service/red')).toMatchObject([
      { status: 'failed', detail: 'restart failed: sh exited with 1' },
      {
        status: 'rolled-back',
        detail: 'old generation restored; still owed: restart failed: sh exited with 1',
      },
    ])
    expect(needsHuman).toBe(false)
    // Nothing else shows it: its files look as old as they are.
    await site.rewrite('{ common_name: scarlet }', '{ common_name: red-one }')
    expect(outline(await site.plan(later(1)))).toEqual([
      'restart red: telling-unproved',
      'clear 250.003: alarm-resolved',
    ])
    expect((await site.apply(later(1))).alarms).toMatchObject([{ id: '250.003' }])
    site.break('red', 'a', false)
    expect((await site.apply(later(1))).alarms).toEqual([])
    expect(outline(await site.plan(later(1)))).toEqual([])
  })
})
