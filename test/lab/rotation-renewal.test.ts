import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { expectCode } from './expect-code.ts'
import { type Cluster, openCluster } from './loopback-cluster.ts'
import type { Member } from './loopback-member.ts'
import { expectMutual, expectSettled, expectWritten, readAuthority } from './rotation-judge.ts'
import { killRotation, type PlannedTask } from './rotation-kill.ts'

vi.setConfig({ testTimeout: 900_000 })

/** Who signs what is due, when the run of `rotate` was killed in the middle of a phase. */
const signers = {
  bridge: [
    ['prepare', 'old'],
    ['sign', 'old'],
    ['distrust', 'new'],
  ],
  bundle: [
    ['prepare', 'old'],
    ['trust', 'old'],
    ['sign', 'new'],
    ['distrust', 'new'],
  ],
} as const

/** One member is done with; where none has anything to do, the new one has been made. */
function chooseMiddle(tasks: readonly PlannedTask[]): number {
  const member = tasks.findIndex(({ kind }) => kind === 'service')
  return 1 + (member === -1 ? tasks.findIndex(({ kind }) => kind === 'install') : member)
}

const leaves = ['server', 'peer', 'client']

describe('certificates of three etcd members that are due while their Root CA is replaced', () => {
  let cluster: Cluster
  let validityDays = 365

  beforeAll(async () => {
    cluster = await openCluster({ rotation: 'method: auto' })
  })
  afterAll(() => cluster?.close())

  /** All certificates live longer from now on, and those that are there are due. */
  const renewAll = async () => {
    validityDays += 100
    const vars = { validity: `${validityDays}d`, renew_before: `${validityDays - 50}d` }
    return cluster.certwright('apply', '--auto-approve', '-e', JSON.stringify(vars))
  }
  const read = (member: Member, leaf: string) => new X509Certificate(readFileSync(member.pki(`${leaf}.crt`)))
  const readNext = () =>
    new X509Certificate(
      readFileSync(join(cluster.control, 'var/lib/certwright/authorities/etcd-ca.next.crt')),
    )

  it.each(['bridge', 'bundle'] as const)(
    'by %s are signed by whoever signs then, and accepted by all',
    async (method) => {
      cluster.setPolicy({ rotation: `method: ${method}` })
      const old = new X509Certificate(readAuthority(cluster).certificate)
      const earlier = cluster.restarts().length
      const load = await cluster.load()
      for (const [phase, signer] of signers[method]) {
        await killRotation(cluster, { method, phase, after: chooseMiddle })
        const before = cluster.members.flatMap((each) => leaves.map((leaf) => read(each, leaf).serialNumber))
        expectCode(await renewAll(), 0)
        const authority = signer === 'old' ? old : readNext()
        for (const member of cluster.members)
          for (const leaf of leaves) {
            const renewed = read(member, leaf)
            expect(before).not.toContain(renewed.serialNumber)
            expect(renewed.verify(authority.publicKey), `${leaf} of ${member.name} in ${phase}`).toBe(true)
          }
        await expectMutual(cluster)
      }
      expectCode(await cluster.rotate(), 0)
      expectWritten(await load.count(), cluster.restarts().slice(earlier))
      await expectSettled(cluster, readAuthority(cluster))
    },
  )
})
