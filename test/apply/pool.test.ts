import { describe, expect, it } from 'vitest'
import { parseCertificates } from '../../src/x509/parse.ts'
import { type Engine, outline } from '../support/engine.ts'
import { makeTrustingServer } from '../support/trusting-server.ts'

const now = new Date().toISOString()

async function apply(engine: Engine) {
  const plan = await engine.plan(now)
  const [rotation] = plan.rotations
  const { outcomes } = await engine.apply(now, { plan })
  const told = outcomes.find(({ address }) => address === 'node-1/service/web')
  return { phase: rotation?.phase, told, outcomes }
}

const countTrusted = (engine: Engine) => {
  const parsed = parseCertificates(engine.read('pki/ca.crt'))
  return parsed.kind === 'certificates' ? parsed.certificates.length : 0
}

const failed = (detail: string) => ({
  phase: expect.any(String),
  told: { status: 'failed', detail: expect.stringContaining(detail) },
})
const ca = 'CN=test-ca'
const next = /CN=test-ca, ?serialNumber=\d+T\d+Z|serialNumber=\d+T\d+Z, ?CN=test-ca/.source

describe.each([
  [
    'by since when it has been running',
    { isNaming: true, hasUptime: true },
    'not restarted',
    'not restarted',
  ],
  [
    'by the names that the service sends',
    { isNaming: true, hasUptime: false },
    'does not trust',
    '(names it)',
  ],
  [
    'by a client certificate, where it names nobody',
    { isNaming: false, hasUptime: true, isLying: true },
    '(refused a client certificate of it',
    '(accepted a client certificate of it)',
  ],
])('a restart that succeeds and does nothing is noticed %s', (_how, kind, distrustful, trustful) => {
  it('in each phase, and is owed the next day', { timeout: 240_000 }, async () => {
    const { engine, deafen } = await makeTrustingServer({ ...kind, onFailure: 'keep' })
    expect(await apply(engine)).toMatchObject({ phase: 'prepare' })
    deafen(true)
    expect(await apply(engine)).toMatchObject({ ...failed(distrustful), phase: 'trust' })
    expect(countTrusted(engine)).toBe(2)
    expect(outline(await engine.plan(now))).toContainEqual(expect.stringMatching(/^restart web: .+/))
    deafen(false)
    const trusted = await apply(engine)
    expect(trusted).toMatchObject({ phase: 'trust', told: { status: 'done' } })
    expect(trusted.told?.detail).toMatch(new RegExp(`trusts .*${ca}.* and `))
    expect(trusted.told?.detail).not.toContain('names only')
    expect(await apply(engine)).toMatchObject({ phase: 'sign', told: { status: 'done' } })
    deafen(true)
    expect(await apply(engine)).toMatchObject({ ...failed(trustful), phase: 'distrust' })
    expect(countTrusted(engine)).toBe(1)
    expect(outline(await engine.plan(now))).toContainEqual(expect.stringMatching(/^restart web: .+/))
    deafen(false)
    const distrusted = await apply(engine)
    expect(distrusted).toMatchObject({ phase: 'distrust', told: { status: 'done' } })
    expect(distrusted.told?.detail).toMatch(new RegExp(`trusts (${next}), not ${ca}$`))
    expect(await apply(engine)).toMatchObject({ phase: 'finish' })
  })
})

describe('a restart that fails while another authority comes to be trusted', () => {
  it('puts back the file that trusts the old one alone, which harms nobody, and the phase comes again', {
    timeout: 240_000,
  }, async () => {
    const { engine, deafen } = await makeTrustingServer({
      isNaming: true,
      hasUptime: true,
      onFailure: 'rollback',
    })
    await apply(engine)
    const before = engine.read('pki/ca.crt')
    deafen(true)
    const { phase, outcomes } = await apply(engine)
    expect({ phase, statuses: outcomes.slice(0, 3).map(({ status }) => status) }).toEqual({
      phase: 'trust',
      statuses: ['rolled-back', 'failed', 'rolled-back'],
    })
    expect(engine.read('pki/ca.crt')).toEqual(before)
    deafen(false)
    expect(await apply(engine)).toMatchObject({ phase: 'trust', told: { status: 'done' } })
    await apply(engine)
    const both = engine.read('pki/ca.crt')
    deafen(true)
    expect(await apply(engine)).toMatchObject({ phase: 'distrust' })
    expect(engine.read('pki/ca.crt')).toEqual(both)
    deafen(false)
    expect(await apply(engine)).toMatchObject({ phase: 'distrust', told: { status: 'done' } })
    expect(await apply(engine)).toMatchObject({ phase: 'finish' })
  })
})

it('a service that may trust the old one until its next restart is told nothing, and proves nothing', {
  timeout: 240_000,
}, async () => {
  const kind = { isNaming: true, hasUptime: true, onFailure: 'keep', distrust: 'next_restart' } as const
  const { engine, act } = await makeTrustingServer(kind)
  for (const phase of ['prepare', 'trust', 'sign', 'distrust'])
    expect(await apply(engine)).toMatchObject({ phase })
  expect(countTrusted(engine)).toBe(1)
  expect(outline(await engine.plan(now)).filter((each) => each.includes('web'))).toEqual([])
  act('stop')
  act('start')
  await new Promise((resolve) => setTimeout(resolve, 1000))
  expect(await apply(engine)).toMatchObject({ phase: 'finish' })
})
