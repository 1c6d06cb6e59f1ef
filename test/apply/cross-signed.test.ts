import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Certificate } from '../../src/model/certificate.ts'
import type { IssueTask, Plan } from '../../src/model/plan.ts'
import { accepts } from '../../src/x509/accepts.ts'
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

const dayAfter = new Date(Date.parse(due) + 86_400_000).toISOString()
const policy = smallPolicy('', 'rotation: { method: bridge, start: automatic }')

it('a new authority that another signs as well is followed in its file by that certificate', async () => {
  const engine = await makeEngine(policy)
  await engine.apply()
  const [old] = read(engine, 'ca')
  const { outcomes } = await engine.apply(due)
  expect(outcomes).toContainEqual(
    expect.objectContaining({ address: 'node-1/authority/ca.next', status: 'done' }),
  )
  const [next, bridge] = read(engine, 'ca.next')
  if (!bridge) throw new Error('no bridge')
  expect(bridge.publicKey).toEqual(next.publicKey)
  expect([next.issuerDer, bridge.issuerDer]).toEqual([next.subjectDer, old.subjectDer])
  await engine.apply(dayAfter)
  const [leaf, ...above] = read(engine, 'leaf')
  const at = new Date(dayAfter)
  expect(above).toEqual([bridge])
  expect(accepts([leaf], [next], at)).toBe(true)
  expect(accepts([leaf], [old], at)).toBe(false)
  expect(accepts([leaf, bridge], [old], at)).toBe(true)
})

it('a bridge that is not right keeps the new authority from being installed', async () => {
  const engine = await makeEngine(policy)
  await engine.apply()
  const plan = change(await engine.plan(due), 'authority/ca.next', ({ crossSigned }) =>
    crossSigned
      ? {
          crossSigned: {
            ...crossSigned,
            profile: { ...crossSigned.profile, notAfter: '2040-01-01T00:00:00Z' },
          },
        }
      : {},
  )
  const { outcomes } = await engine.apply(due, { plan })
  expect(outcomes).toContainEqual(
    expect.objectContaining({
      address: 'node-1/authority/ca.next',
      status: 'failed',
      detail: 'the new bridge is not right: its validity reaches beyond that of CN=test-ca',
    }),
  )
  expect(existsSync(join(engine.root(), 'pki/ca.next.crt'))).toBe(false)
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
