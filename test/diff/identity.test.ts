import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodePrivateKey } from '../../src/x509/keys.ts'
import { type Engine, makeEngine, middlePolicy, outline, smallPolicy, start } from '../support/engine.ts'
import { authorityProfile, issue } from '../support/issue.ts'

const later = (days: number) => new Date(Date.parse(start) + days * 86_400_000).toISOString()
const copies = 'copies: [{ certificate: /copy/ca.crt, private_key: /copy/ca.key }]'
const nobody = 65534

/** Another authority by the name of ours, in order. */
async function plant(engine: Engine, folder: string, owner = 0, host = 'node-1', notBefore = start) {
  const made = await issue({
    ...authorityProfile,
    subject: [{ type: 'CN', value: 'test-ca' }],
    basicConstraints: { ca: true, pathLength: 1 },
    notBefore,
    notAfter: '2046-01-01T00:00:00Z',
  })
  const at = join(engine.root(host), folder)
  mkdirSync(at, { recursive: true })
  writeFileSync(join(at, 'ca.crt'), made.certificate.pem)
  writeFileSync(join(at, 'ca.key'), encodePrivateKey(made.key))
  chmodSync(join(at, 'ca.key'), 0o600)
  for (const name of ['ca.crt', 'ca.key']) chownSync(join(at, name), owner, owner)
}

const lose =
  (...paths: string[]) =>
  (engine: Engine) => {
    for (const path of paths) rmSync(join(engine.root(), path))
  }

async function tell(engine: Engine, at = start, allow = 0) {
  const { changes, problems, refused } = await engine.plan(at, undefined, { authorities: allow })
  return {
    done: outline({ changes } as never).filter((each) => !each.includes('250.')),
    refused: refused.map(({ action, host, name }) => `${action} ${host} ${name}`),
    problems: [...new Set(problems.map(({ host, code }) => `${host} ${code}`))],
  }
}

const isRoot = process.getuid?.() === 0

describe.runIf(isRoot)('an authority is its key', () => {
  it.each<[string, (engine: Engine) => unknown, number, Partial<Awaited<ReturnType<typeof tell>>>]>([
    [
      'a lost key is put back from its copy',
      lose('pki/ca.key'),
      1,
      { done: ['update ca: missing'], problems: [] },
    ],
    [
      'a lost certificate is put back from its copy',
      lose('pki/ca.crt'),
      1,
      { done: ['create ca: missing'], problems: [] },
    ],
    [
      'both are put back from a copy of root',
      lose('pki/ca.crt', 'pki/ca.key'),
      1,
      { done: ['create ca: missing'], problems: [] },
    ],
    [
      'a lost key is not made good by another authority that lies in a copy',
      async (engine) => {
        lose('pki/ca.key')(engine)
        await plant(engine, 'copy')
      },
      1,
      {
        done: ['raise 500.220 ca: alarm-condition'],
        refused: ['update node-1 ca'],
        problems: ['node-1 guard-exceeded'],
      },
    ],
    [
      'nor is a lost pair, by one that somebody else has put there',
      async (engine) => {
        lose('pki/ca.crt', 'pki/ca.key')(engine)
        await plant(engine, 'copy', nobody)
      },
      1,
      { done: [], refused: ['create node-1 ca', 'replace node-1 leaf'], problems: ['node-1 guard-exceeded'] },
    ],
    [
      'one that is due serves on, and is not exchanged for what lies in a copy',
      (engine) => plant(engine, 'copy', nobody),
      3300,
      {
        done: ['update ca: copy-differs', 'renew leaf: expired', 'raise 500.220 ca: alarm-condition'],
        problems: [],
      },
    ],
    [
      'what somebody else has put into a copy is no authority that would be missed',
      (engine) => plant(engine, 'copy', nobody),
      1,
      { done: ['update ca: copy-differs'], problems: [] },
    ],
    [
      'what root has there is one',
      (engine) => plant(engine, 'copy'),
      1,
      { done: [], refused: ['update node-1 ca'], problems: ['node-1 guard-exceeded'] },
    ],
    [
      'what is lost of one that is due is put back first',
      lose('pki/ca.key'),
      3300,
      { done: ['update ca: missing', 'renew leaf: expired'], problems: [] },
    ],
  ])('%s', async (_what, damage, days, expected) => {
    const engine = await makeEngine(smallPolicy('', copies))
    await engine.apply()
    await damage(engine)
    expect(await tell(engine, later(days))).toMatchObject(expected)
  })

  it('what is left of one on one host is not taken away for that of another', async () => {
    const engine = await makeEngine(smallPolicy('', `held_by: all\n${copies}`), ['node-1', 'node-2'])
    await engine.apply()
    await plant(engine, 'pki', 0, 'node-2')
    const rival = {
      refused: ['update node-2 ca'],
      problems: ['node-2 guard-exceeded'],
    }
    expect(await tell(engine)).toMatchObject(rival)
    lose('pki/ca.key')(engine)
    expect(await tell(engine)).toMatchObject({ done: ['update ca: missing'], ...rival })
    for (const host of ['node-1', 'node-2']) rmSync(join(engine.root(host), 'copy'), { recursive: true })
    expect(await tell(engine)).toMatchObject({ refused: expect.arrayContaining(['update node-1 ca']) })
  })

  it('two hosts that see one folder of copies do not overwrite it in turn', async () => {
    const both = smallPolicy('copies: [{ certificate: /copy/leaf.crt, private_key: /copy/leaf.key }]', copies)
    const [engine, other] = [await makeEngine(both), await makeEngine(both)]
    await engine.apply()
    await other.apply()
    cpSync(join(other.root(), 'copy'), join(engine.root(), 'copy'), { recursive: true })
    const { problems } = await engine.plan()
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['guard-exceeded', expect.stringContaining('/copy/ca.crt is another authority than what is in use')],
      ['depends-on-blocked', expect.stringContaining('/copy/ca.crt stays as it is, and would not verify it')],
    ])
    await engine.apply()
    for (const name of ['ca.crt', 'ca.key', 'leaf.crt', 'leaf.key'])
      expect(engine.read(`copy/${name}`)).toEqual(other.read(`pki/${name}`))
  })
})

it('a leaf is put together from copies only where its authority has signed it', async () => {
  const engine = await makeEngine(
    smallPolicy('copies: [{ certificate: /copy/leaf.crt, private_key: /copy/leaf.key }]'),
  )
  await engine.apply()
  lose('pki/leaf.key')(engine)
  expect(outline(await engine.plan())).toEqual(['update leaf: missing'])
  const other = await makeEngine(smallPolicy())
  await other.apply()
  for (const name of ['leaf.crt', 'leaf.key'])
    copyFileSync(join(other.root(), 'pki', name), join(engine.root(), 'copy', name))
  expect(outline(await engine.plan())).toEqual(['replace leaf: missing'])
})

describe('an authority that is held by the first host', () => {
  const order = (...names: string[]) =>
    `all:\n  hosts:\n${names.map((host) => `    ${host}: { ansible_connection: local, certwright_root: hosts/${host} }\n`).join('')}`

  it.each([
    ['in order', 1],
    ['due', 3300],
  ])('stays the same while it is %s, when another host is the first one', async (_what, days) => {
    const engine = await makeEngine(smallPolicy(), ['node-1', 'node-2'])
    await engine.apply()
    const key = engine.read('pki/ca.key')
    for (const hosts of [
      ['node-2', 'node-1'],
      ['node-9', 'node-2', 'node-1'],
    ]) {
      await engine.write('inventory.yml', order(...hosts))
      if (hosts.includes('node-9')) mkdirSync(engine.root('node-9'))
      const { plan } = await engine.night(later(days))
      expect(plan.problems).toEqual([])
      expect(engine.read('pki/ca.key', hosts[0])).toEqual(key)
      expect((await engine.plan(later(days))).problems).toEqual([])
    }
  })
})

it('a host that an allowed replacement did not come to follows by itself', async () => {
  const services = `services:
  web:
    manager: command
    command: { restart: [test, "!", -e, BROKEN], is_active: ["true"] }
    probe: { retries: 0, command: ["true"] }
    uses: { middle: restart }
`
  const engine = await makeEngine(
    middlePolicy('', 'held_by: all', services),
    ['node-1', 'node-2'],
    'serial: 1, on_failure: keep',
  )
  const broken = join(engine.folder, 'broken')
  const policy = readFileSync(join(engine.folder, 'policy.yml'), 'utf8')
  await engine.write('policy.yml', policy.replace('BROKEN', broken))
  await engine.apply()
  for (const host of ['node-1', 'node-2']) rmSync(join(engine.root(host), 'pki/middle.key'))
  writeFileSync(broken, '')
  await engine.apply(start, { allowed: { authorities: 1 } })
  expect(engine.read('pki/middle.crt', 'node-2')).not.toEqual(engine.read('pki/middle.crt', 'node-1'))
  rmSync(broken)
  const { problems } = await engine.plan()
  expect(problems).toEqual([])
  await engine.apply()
  expect(engine.read('pki/middle.crt', 'node-2')).toEqual(engine.read('pki/middle.crt', 'node-1'))
})

describe.runIf(isRoot)('a host that only trusts an authority, and shows another one with its key,', () => {
  const site = async () => {
    const engine = await makeEngine(smallPolicy(), ['node-1', 'node-2', 'node-3'])
    await engine.apply()
    return engine
  }
  const others = (engine: Engine) =>
    ['node-1', 'node-2'].flatMap((host) =>
      existsSync(join(engine.root(host), 'pki/ca.crt')) ? [engine.read('pki/ca.crt', host).toString()] : [],
    )

  it.each([
    ['has lost its key', ['pki/ca.key']],
    ['has lost its certificate', ['pki/ca.crt']],
    ['has lost both', ['pki/ca.crt', 'pki/ca.key']],
    ['has lost nothing', []],
  ])('does not become it where the holder %s', async (_what, paths) => {
    const engine = await site()
    lose(...paths)(engine)
    await plant(engine, 'pki', 0, 'node-3')
    const planted = engine.read('pki/ca.crt', 'node-3').toString()
    await engine.apply()
    expect(others(engine)).not.toContain(planted)
    expect(others(engine)).not.toEqual([])
  })
})
