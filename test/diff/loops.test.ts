import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Engine, makeEngine, middlePolicy, outline, smallPolicy, start } from '../support/engine.ts'

const hour = 3_600_000
const later = (hours: number) => new Date(Date.parse(start) + hours * hour).toISOString()
const leaf = (engine: Engine) => join(engine.root(), 'pki/leaf.crt')

it('a certificate that was issued three times within 24 hours is not issued a fourth time', async () => {
  const engine = await makeEngine(smallPolicy())
  for (const hours of [0, 8, 16]) {
    await engine.apply(later(hours))
    rmSync(join(engine.root(), 'pki/leaf.crt'))
  }
  const plan = await engine.plan(later(23))
  expect(plan.problems).toMatchObject([
    {
      address: 'node-1/certificate/leaf',
      code: 'issued-too-often',
      message:
        'issued 3 times within 24 hours without being due (2026-11-23T00:00:00Z, 2026-11-23T08:00:00Z, 2026-11-23T16:00:00Z), and would be again: /pki/leaf.crt does not exist',
      hint: expect.stringContaining('--allow issues=4'),
    },
  ])
  const { alarms } = await engine.apply(later(23))
  expect(alarms[0]?.repair).toContain('issued 3 times')
  expect(outline(await engine.plan(later(23), undefined, { issues: 4 }))).toContain('create leaf: missing')
  expect(outline(await engine.plan(later(24)))).toContain('create leaf: missing')
})

it('one that is in order is left in peace, however often it was issued', async () => {
  const engine = await makeEngine(smallPolicy())
  for (const hours of [0, 8, 16]) {
    rmSync(join(engine.root(), 'pki/leaf.crt'), { force: true })
    await engine.apply(later(hours))
  }
  expect((await engine.plan(later(23))).problems).toEqual([])
})

describe('a certificate that lives for six hours', () => {
  const policy = smallPolicy('renew_before: 50%').replace(
    'validity: 100d\n    renew_before: 15d',
    'validity: 6h',
  )

  it('is renewed by its schedule for days, and nothing is refused', async () => {
    const engine = await makeEngine(policy)
    const issued: number[] = []
    for (let hours = 0; hours < 48; hours += 1) {
      const before = existsSync(leaf(engine)) ? readFileSync(leaf(engine), 'utf8') : ''
      const { outcomes, alarms } = await engine.apply(later(hours))
      expect([hours, alarms, outcomes.filter(({ status }) => status !== 'done')]).toEqual([hours, [], []])
      if (readFileSync(leaf(engine), 'utf8') !== before) issued.push(hours)
    }
    expect(issued).toEqual(Array.from({ length: 16 }, (_, index) => index * 3))
  })

  it('is issued three times in six hours without being due, and not a fourth time; then again', async () => {
    const engine = await makeEngine(policy)
    for (const hours of [0, 1, 2]) {
      await engine.apply(later(hours))
      rmSync(leaf(engine))
    }
    expect((await engine.plan(later(3))).problems).toMatchObject([
      { code: 'issued-too-often', message: expect.stringContaining('issued 3 times within 6 hours without') },
    ])
    expect(outline(await engine.plan(later(6)))).toEqual(['create leaf: missing'])
  })

  it('is renewed when it is due, however often it was lost before', async () => {
    const engine = await makeEngine(policy)
    for (const hours of [0, 1, 2]) {
      rmSync(leaf(engine), { force: true })
      await engine.apply(later(hours))
    }
    expect(outline(await engine.plan(later(5)))).toEqual(['renew leaf: expires-soon'])
    rmSync(leaf(engine))
    expect((await engine.plan(later(5))).problems).toMatchObject([{ code: 'issued-too-often' }])
  })

  it('follows an authority that lives no longer, whenever that is renewed', async () => {
    const engine = await makeEngine(
      middlePolicy('renew_before: 50%')
        .replace('validity: 100d\n    renew_before: 15d', 'validity: 6h')
        .replace('validity: 3600d\n    renew_before: 20d', 'validity: 12h\n    renew_before: 11h'),
    )
    await engine.apply(later(0))
    for (let hours = 1; hours < 12; hours += 1) {
      const { alarms, outcomes } = await engine.apply(later(hours))
      expect([hours, alarms, outcomes.length]).toEqual([hours, [], 2])
    }
  })
})

it('one that is brought back again and again is not due, however soon it expires', async () => {
  const engine = await makeEngine(smallPolicy())
  await engine.apply()
  const old = ['crt', 'key'].map((end) => readFileSync(join(engine.root(), `pki/leaf.${end}`)))
  const bringBack = () => {
    for (const [index, end] of ['crt', 'key'].entries())
      writeFileSync(join(engine.root(), `pki/leaf.${end}`), old[index] ?? '')
  }
  // The first renewal is on schedule; those of what somebody put back are not.
  for (const hours of [0, 1, 2, 3]) {
    expect(outline(await engine.plan(later(90 * 24 + hours)))).toEqual(['renew leaf: expires-soon'])
    await engine.apply(later(90 * 24 + hours))
    bringBack()
  }
  expect((await engine.plan(later(90 * 24 + 4))).problems).toMatchObject([
    { code: 'issued-too-often', message: expect.stringContaining('issued 3 times within 24 hours without') },
  ])
})

it('a root that was thrown away has nothing to do with the next one at its place', async () => {
  const engine = await makeEngine(smallPolicy())
  for (let times = 0; times < 6; times += 1) {
    rmSync(engine.root(), { recursive: true })
    const { alarms, outcomes } = await engine.apply()
    expect([times, alarms, outcomes.map(({ status }) => status)]).toEqual([times, [], ['done', 'done']])
  }
})
