import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RotationPhase } from '../../src/model/difference.ts'
import { expectCode } from './expect-code.ts'
import { type Cluster, openCluster } from './loopback-cluster.ts'
import type { Member } from './loopback-member.ts'
import { expectMutual, expectSettled, expectWritten, readAuthority } from './rotation-judge.ts'
import { killRotation } from './rotation-kill.ts'

vi.setConfig({ testTimeout: 900_000 })

/** How far it is when the host goes, and who has signed what lies on the others when `rotate` has waited for it. */
type Absence = readonly ['before' | 'until' | 'killed in', RotationPhase, signer: 'old' | 'new']

const absences: Readonly<Record<'bridge' | 'bundle', readonly Absence[]>> = {
  bridge: [
    ['before', 'prepare', 'old'],
    // Whoever trusts the old one accepts the new one's: only what has to start again needs all.
    ['until', 'prepare', 'new'],
    ['until', 'sign', 'new'],
    ['killed in', 'distrust', 'new'],
    ['until', 'distrust', 'new'],
    ['killed in', 'finish', 'new'],
  ],
  bundle: [
    ['before', 'prepare', 'old'],
    ['until', 'prepare', 'old'],
    ['killed in', 'trust', 'old'],
    ['until', 'trust', 'old'],
    ['killed in', 'sign', 'new'],
    ['until', 'sign', 'new'],
    ['killed in', 'distrust', 'new'],
    ['until', 'distrust', 'new'],
  ],
}

describe('the rotation of a Root CA of three etcd members, one of whose hosts cannot be reached', () => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await openCluster({ rotation: 'method: auto' })
  })
  afterAll(() => cluster?.close())
  beforeEach(() => cluster.forget())

  it.each(['bridge', 'bundle'] as const)('by %s waits for it, whenever it goes', async (method) => {
    cluster.setPolicy({ rotation: `method: ${method}` })
    const old = new X509Certificate(readAuthority(cluster).certificate)
    const signersOf = (member: Member) =>
      leaves.map((leaf) => (readAll(member, leaf)[0]?.verify(old.publicKey) ? 'old' : 'new'))
    const earlier = cluster.restarts().length
    const load = await cluster.load()
    const [first, second, away] = cluster.members
    if (!first || !second || !away) throw new Error('a cluster has three members')
    for (const [when, phase, signer] of absences[method]) {
      const where = `${when} ${phase}`
      if (when === 'until') expectCode(await cluster.rotate('--until', phase), 0)
      if (when === 'killed in')
        await killRotation(cluster, { method, phase, after: ({ length }) => Math.ceil(length / 2) })
      const [restarts, trusted, untouched] = [cluster.restarts(), readTrusted(cluster), readFiles(away)]
      cluster.setAway(away.name)
      const ran = await cluster.rotate()
      cluster.setAway(undefined)
      expectCode(ran, 4)
      expect(ran.stdout, where).toContain('node-3, which could not be looked at')
      for (const member of [first, second])
        expect(signersOf(member), `on ${member.name} ${where}`).toEqual(leaves.map(() => signer))
      expect(readTrusted(cluster), where).toEqual(trusted)
      expect(cluster.restarts(), where).toEqual(restarts)
      expect(readFiles(away), where).toEqual(untouched)
      await expectMutual(cluster)
    }
    expectCode(await cluster.rotate(), 0)
    expectWritten(await load.count(), cluster.restarts().slice(earlier))
    await expectSettled(cluster, readAuthority(cluster))
  })
})

const leaves = ['server', 'peer', 'client']

function readAll(member: Member, name: string): X509Certificate[] {
  const pems = readFileSync(member.pki(`${name}.crt`), 'utf8').split(/(?<=-----END CERTIFICATE-----\n)/)
  return pems.filter(Boolean).map((pem) => new X509Certificate(pem))
}

/** In whatever order: another one is no change to anybody. */
function readTrusted({ members }: Cluster): string[][] {
  return members.map((each) =>
    readAll(each, 'ca')
      .map(({ fingerprint256 }) => fingerprint256)
      .toSorted(),
  )
}

function readFiles(member: Member): string[] {
  return ['ca', ...leaves].map((name) => readFileSync(member.pki(`${name}.crt`), 'utf8'))
}
