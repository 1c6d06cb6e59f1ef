import { expect, it } from 'vitest'
import type { Plan, ServiceTask } from '../../../src/model/plan.ts'
import { bootstrapped, findBroken, grownOld } from './cluster.ts'
import { anchorId, type Site } from './site.ts'

const ask = (site: Site, wish: 'no-overlap' | 'go-on') => site.plan({ pairs: [anchorId], wish }).plan
const servicesOf = ({ tasks }: Plan) => tasks.filter((task): task is ServiceTask => task.kind === 'service')
const firstOf = (site: Site, host: string, path = '/pki/ca.crt') =>
  site.hosts.get(host)?.certificates.get(path)?.certificates[0]

it('without an overlap, all hosts are one batch, nothing is put back, and nothing that fails stops the rest', async () => {
  const site = await bootstrapped()
  const plan = ask(site, 'no-overlap')
  expect(plan.batches).toMatchObject([
    {
      hosts: ['node-1', 'node-2', 'node-3'],
      atOnce: { leaders: [] },
      allowedFailures: 3,
      onExcess: 'finish',
    },
  ])
  expect(servicesOf(plan).map(({ action, onFailure }) => `${action} ${onFailure}`)).toEqual(
    Array.from({ length: 3 }, () => 'restart keep'),
  )
})

it('another one, all that it signs and all who trust it come in one plan, and the old one goes in the next', async () => {
  const site = await bootstrapped()
  const old = firstOf(site, 'control')
  await site.carryOut(ask(site, 'no-overlap'))
  expect(findBroken(site)).toEqual([])
  expect([...site.starts.values()]).toEqual([1, 1, 1])
  const [now, previous] = [firstOf(site, 'node-2'), firstOf(site, 'control', '/pki/ca.previous.crt')]
  expect(previous).toEqual(old)
  expect(now?.subjectDer).not.toBe(old?.subjectDer)
  expect(site.hosts.get('node-2')?.certificates.get('/pki/ca.crt')?.certificates).toEqual([now])
  await site.carryOut(ask(site, 'go-on'))
  expect([...(site.hosts.get('control')?.keys.keys() ?? [])]).toEqual(['/pki/ca.key'])
  expect(ask(site, 'go-on').tasks).toEqual([])
})

it('the old key is where the canary is signed that has to be refused', async () => {
  const site = await bootstrapped()
  const old = firstOf(site, 'control')
  const plan = ask(site, 'no-overlap')
  await site.carryOut(plan)
  for (const { pool } of servicesOf(plan)) {
    expect(pool?.trusted).toEqual([{ label: 'the new ca', signers: [{ by: 'planned', pair: anchorId }] }])
    expect(pool?.distrusted).toMatchObject([
      { label: 'CN=ca', pem: old?.pem, signers: [{ host: 'control', keyPath: '/pki/ca.previous.key' }, {}] },
    ])
  }
  expect(site.hosts.get('control')?.keys.get('/pki/ca.previous.key')).toBe(old?.publicKey.spkiSha256)
})

it('a host that is away is left behind, is told of, and follows when it is there', async () => {
  const site = await bootstrapped()
  const away = site.hosts.get('node-3')
  if (away) away.isReachable = false
  const plan = ask(site, 'no-overlap')
  expect(plan.changes.flatMap(({ notes }) => notes).join()).toContain('peer on node-3')
  await site.carryOut(plan)
  if (away) away.isReachable = true
  for (let runs = 0; runs < 4; runs += 1) await site.carryOut(ask(site, 'go-on'))
  expect(findBroken(site)).toEqual([])
  expect(ask(site, 'go-on').tasks).toEqual([])
})

it('where the key is held by a host that is away, nothing is done, and that host is named', async () => {
  const site = await bootstrapped({ heldBy: ['node-1', 'node-2'] })
  const away = site.hosts.get('node-2')
  if (away) away.isReachable = false
  const plan = ask(site, 'no-overlap')
  expect(plan.tasks.filter(({ kind }) => kind !== 'alarms')).toEqual([])
  expect(plan.rotations).toMatchObject([{ advances: false, waits: [{ host: 'node-2' }] }])
})

it('an old key that is lost is no obstacle: its certificate alone is kept beside', async () => {
  const site = await bootstrapped()
  site.hosts.get('control')?.keys.delete('/pki/ca.key')
  const plan = ask(site, 'no-overlap')
  const installs = plan.tasks.flatMap((task) => (task.kind === 'install' ? task.pairs : []))
  expect(installs.map(({ certificate }) => certificate)).not.toContain('/pki/ca.previous.crt')
  await site.carryOut(plan)
  expect(findBroken(site)).toEqual([])
  await site.carryOut(ask(site, 'go-on'))
  expect(ask(site, 'go-on').tasks).toEqual([])
})

it('services are told even where the policy leaves it to their next start', async () => {
  const site = await bootstrapped({ rotation: { distrust: 'next_restart' } })
  await site.carryOut(ask(site, 'no-overlap'))
  expect([...site.starts.values()]).toEqual([1, 1, 1])
  expect(findBroken(site)).toEqual([])
})

it('one that is prepared already is the one that comes at once', async () => {
  const site = await bootstrapped({ pathLength: 0 })
  await site.carryOut(site.plan({ pairs: [anchorId], wish: 'begin' }).plan)
  const next = firstOf(site, 'control', '/pki/ca.next.crt')
  const plan = ask(site, 'no-overlap')
  expect(plan.batches).toMatchObject([{ atOnce: {} }])
  await site.carryOut(plan)
  expect(firstOf(site, 'node-1')).toEqual(next)
  expect(findBroken(site)).toEqual([])
})

it.each([
  ['behind a bridge', {}],
  ['with a bundle', { pathLength: 0 }],
  ['with a bundle, where the nodes hold the key', { pathLength: 0, heldBy: ['node-1', 'node-2'] }],
])('in each phase, the keys for the canaries are where the plan says (%s)', async (_how, options) => {
  const site = await grownOld(options)
  const told: string[] = []
  for (let runs = 0; runs < 6; runs += 1) {
    const { plan, difference } = site.plan()
    const phase = difference.pairs.find(({ rotation }) => rotation)?.rotation?.phase
    await site.carryOut(plan)
    // What is over has nobody left to sign for it.
    if (phase === 'finish') break
    for (const { pool, action } of servicesOf(plan)) {
      const anchors = [...(pool?.trusted ?? []), ...(pool?.distrusted ?? [])]
      for (const { signers, pem } of anchors) {
        const [signer] = signers
        const key =
          signer?.by === 'existing' ? site.hosts.get(signer.host)?.keys.get(signer.keyPath) : undefined
        const known = [...site.hosts.values()].flatMap(({ certificates }) =>
          [...certificates.values()].flatMap((each) => each.certificates),
        )
        const [anchor] = known.filter((each) => each.pem === pem)
        expect(key).toBe(anchor?.publicKey.spkiSha256 ?? 'unknown')
      }
      told.push(`${phase} ${action}: ${pool?.trusted.length} not ${pool?.distrusted.length}`)
    }
  }
  const bundle = ['trust restart: 2 not 0', 'sign verify: 2 not 0', 'distrust restart: 1 not 1']
  const expected = 'pathLength' in options ? bundle : ['sign verify: 1 not 1', 'distrust restart: 1 not 1']
  expect([...new Set(told)].filter((each) => !/^(finish|prepare)/.test(each))).toEqual(expected)
})
