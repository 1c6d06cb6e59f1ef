import { expect, it } from 'vitest'
import type { Certificate } from '../../../src/model/certificate.ts'
import { authorityProfile, issue } from '../../support/issue.ts'
import { findBroken, grownOld } from './cluster.ts'
import { anchorId, type Node, type Site } from './site.ts'

const profile = {
  ...authorityProfile,
  subject: [{ type: 'CN', value: 'another' }],
  notBefore: '2030-01-01T00:00:00Z',
}
const another = await issue(profile)
const expired = await issue({ ...profile, notAfter: '2035-01-01T00:00:00Z' })
const leaf = await issue({ ...profile, keyUsage: ['digitalSignature'], basicConstraints: { ca: false } })

const look = (site: Site, wish: 'begin' | 'go-on' = 'go-on') => {
  const { plan, difference } = site.plan({ pairs: [anchorId], wish })
  const main = difference.pairs.find(({ pair }) => pair.id === anchorId)
  return { plan, main, rotation: main?.rotation, carryOut: () => site.carryOut(plan) }
}
const nodeOf = (site: Site, host: string): Node => {
  const node = site.hosts.get(host)
  if (!node) throw new Error(`no ${host}`)
  return node
}
const put = (site: Site, host: string, path: string, ...certificates: Certificate[]) =>
  nodeOf(site, host).certificates.set(path, { certificates, modifiedMs: site.nowMs })

it.each([
  ['is no CA', leaf, 'is no trust anchor'],
  ['has expired', expired, 'is not valid now'],
  ['has no key', another, 'the key of what waits in its place is not at hand'],
])(
  'what waits to be trusted and %s is refused, and nobody comes to trust it',
  async (_what, { certificate }, why) => {
    const site = await grownOld()
    put(site, 'control', '/pki/ca.next.crt', certificate)
    const { plan, rotation } = look(site)
    expect(rotation?.refused).toContain(why)
    expect(plan.problems).toMatchObject([
      { code: 'rotation-refused', hint: expect.stringContaining('certwright rotate PLAYBOOK ca --back') },
    ])
    expect(plan.changes.filter(({ kind }) => kind !== 'alarm')).toEqual([])
  },
)

it('what a service user has put there is no successor', async () => {
  const site = await grownOld({ heldBy: ['node-1'] })
  put(site, 'node-1', '/pki/ca.next.crt', another.certificate)
  nodeOf(site, 'node-1').keys.set('/pki/ca.next.key', another.certificate.publicKey.spkiSha256)
  nodeOf(site, 'node-1').owners.set('/pki/ca.next.crt', 'etcd')
  expect(look(site).rotation).toMatchObject({ phase: 'prepare', advances: false })
  nodeOf(site, 'node-1').owners.set('/pki/ca.next.crt', 'root')
  expect(look(site).rotation?.wanted).toEqual(another.certificate)
})

it('while one of the places cannot be read, nothing is changed that rests on it', async () => {
  const site = await grownOld()
  for (const wish of ['begin', 'go-on', 'go-on'] as const) await look(site, wish).carryOut()
  const bridged = nodeOf(site, 'node-1').certificates.get('/pki/peer.crt')
  expect(bridged?.certificates).toHaveLength(2)
  nodeOf(site, 'control').unreadable.add('/pki/ca.previous.crt')
  const { plan } = look(site)
  expect(plan.problems).toContainEqual(
    expect.objectContaining({ code: 'unreadable', path: '/pki/ca.previous.crt' }),
  )
  await site.carryOut(plan)
  expect(findBroken(site)).toEqual([])
  expect(nodeOf(site, 'node-1').certificates.get('/pki/peer.crt')).toEqual(bridged)
})

it.each(['behind', 'before'])(
  'whom somebody has put %s ours in a file stays there, through all phases, and is told',
  async (where) => {
    const site = await grownOld()
    const path = '/pki/ca.crt'
    const own = nodeOf(site, 'node-2').certificates.get(path)?.certificates ?? []
    const both = where === 'behind' ? [...own, another.certificate] : [another.certificate, ...own]
    put(site, 'node-2', path, ...both)
    expect(look(site).main?.notes).toContain(`${path} on node-2 trusts CN=another as well, which is kept`)
    for (let next = look(site, 'begin'); next.plan.tasks.length > 0; next = look(site)) {
      await next.carryOut()
      const there = nodeOf(site, 'node-2').certificates.get(path)?.certificates ?? []
      expect(there).toContainEqual(another.certificate)
      expect(there[0]).not.toEqual(another.certificate)
    }
  },
)

it('a file that holds none of ours has been exchanged, and is put right', async () => {
  const site = await grownOld()
  put(site, 'node-2', '/pki/ca.crt', another.certificate)
  await look(site).carryOut()
  const [right, wrong] = ['node-1', 'node-2'].map((host) =>
    nodeOf(site, host).certificates.get('/pki/ca.crt'),
  )
  expect(wrong?.certificates).toEqual(right?.certificates)
})

it('while the host of a member is away no other one is restarted, nor gets what it would be restarted for', async () => {
  const site = await grownOld({ pathLength: 0 })
  await look(site, 'begin').carryOut()
  nodeOf(site, 'node-3').isReachable = false
  const { plan } = look(site)
  expect(plan.problems.map(({ host, code }) => `${host} ${code}`)).toEqual(['node-3 members-unseen'])
  expect(plan.tasks.filter(({ host }) => host !== 'control')).toEqual([])
  nodeOf(site, 'node-3').isReachable = true
  expect(look(site).plan.tasks.filter(({ kind }) => kind === 'service')).toHaveLength(3)
})

it('where a restart is left to somebody, none is asked for while the host is away that knows of the rotation', async () => {
  const site = await grownOld({ heldBy: ['node-1'], rotation: { distrust: 'next_restart' }, isNamed: false })
  for (const wish of ['begin', 'go-on', 'go-on'] as const) await look(site, wish).carryOut()
  expect(look(site).rotation?.phase).toBe('distrust')
  nodeOf(site, 'node-1').isReachable = false
  expect(look(site).plan.tasks.filter(({ kind }) => kind === 'service')).toEqual([])
})
