import { expect, it } from 'vitest'
import type { Certificate } from '../../src/model/certificate.ts'
import type { IssueTask, Plan } from '../../src/model/plan.ts'
import { accepts } from '../../src/x509/accepts.ts'
import { makeBridgeProfile } from '../../src/x509/bridge.ts'
import { nextSubject } from '../../src/x509/generation.ts'
import { parseCertificates } from '../../src/x509/parse.ts'
import { type Engine, makeEngine, smallPolicy, start } from '../support/engine.ts'
import { authorityProfile, issue } from '../support/issue.ts'

/** The authority is due. */
const due = new Date(Date.parse(start) + 3300 * 86_400_000).toISOString()

function read(engine: Engine, name: string): readonly [Certificate, ...Certificate[]] {
  const parsed = parseCertificates(engine.read(`pki/${name}.crt`))
  if (parsed.kind !== 'certificates') throw new Error(parsed.detail)
  return parsed.certificates
}

function change(plan: Plan, pair: string, over: (task: IssueTask) => Partial<IssueTask>): Plan {
  const tasks = plan.tasks.map((task) =>
    task.kind === 'issue' && task.pair.startsWith(pair) ? { ...task, ...over(task) } : task,
  )
  expect(tasks).not.toEqual(plan.tasks)
  return { ...plan, tasks }
}

/** The next authority, signed by the one that is there, for as long as `notAfter` says. */
async function planCrossSigned(engine: Engine, old: Certificate, notAfter?: string): Promise<Plan> {
  return change(await engine.plan(due), 'authority/ca', (task) => {
    const profile = { ...task.profile, subject: nextSubject(task.profile.subject, new Date(due)) }
    const bridge = makeBridgeProfile(profile, old)
    const signer = {
      by: 'existing',
      pair: task.pair,
      host: 'node-1',
      keyPath: '/pki/ca.key',
      chain: [old.pem],
    } as const
    return { profile, crossSigned: { signer, profile: { ...bridge, notAfter: notAfter ?? bridge.notAfter } } }
  })
}

it('a new authority that another signs as well is followed in its file by that certificate', async () => {
  const engine = await makeEngine(smallPolicy())
  await engine.apply()
  const [old] = read(engine, 'ca')
  const { outcomes } = await engine.apply(due, { plan: await planCrossSigned(engine, old) })
  expect(outcomes).toContainEqual(expect.objectContaining({ address: 'node-1/authority/ca', status: 'done' }))
  const [next, bridge] = read(engine, 'ca')
  const [leaf] = read(engine, 'leaf')
  if (!bridge) throw new Error('no bridge')
  expect(bridge.publicKey).toEqual(next.publicKey)
  expect([next.issuerDer, bridge.issuerDer]).toEqual([next.subjectDer, old.subjectDer])
  const at = new Date(due)
  expect(accepts([leaf], [next], at)).toBe(true)
  expect(accepts([leaf], [old], at)).toBe(false)
  expect(accepts([leaf, bridge], [old], at)).toBe(true)
})

it('a bridge that is not right keeps the new authority from being installed', async () => {
  const engine = await makeEngine(smallPolicy())
  await engine.apply()
  const [old] = read(engine, 'ca')
  const plan = await planCrossSigned(engine, old, '2040-01-01T00:00:00Z')
  const { outcomes } = await engine.apply(due, { plan })
  expect(outcomes).toContainEqual(
    expect.objectContaining({
      address: 'node-1/authority/ca',
      status: 'failed',
      detail: 'the new bridge is not right: its validity reaches beyond that of CN=test-ca',
    }),
  )
  expect(read(engine, 'ca')).toEqual([old])
})

it('bridges follow the certificate in its file', async () => {
  const engine = await makeEngine(smallPolicy())
  const { certificate: bridge } = await issue(authorityProfile)
  const plan = change(await engine.plan(), 'certificate/leaf', () => ({ bridges: [bridge.pem] }))
  await engine.apply(undefined, { plan })
  expect(
    read(engine, 'leaf')
      .map(({ fingerprint }) => fingerprint)
      .slice(1),
  ).toEqual([bridge.fingerprint])
})
