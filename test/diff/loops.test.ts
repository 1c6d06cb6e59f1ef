import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeEngine, outline, smallPolicy, start } from '../support/engine.ts'

const hour = 3_600_000
const later = (hours: number) => new Date(Date.parse(start) + hours * hour).toISOString()

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
        'issued 3 times within 24 hours (2026-11-23T00:00:00Z, 2026-11-23T08:00:00Z, 2026-11-23T16:00:00Z), and would be again: /pki/leaf.crt does not exist',
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
