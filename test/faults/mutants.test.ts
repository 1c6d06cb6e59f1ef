// The harness judged: what is broken on purpose has to be noticed, and what is not broken must not be complained about.
import { describe, expect, it } from 'vitest'
import { checks } from './checks.ts'
import { listMutants, withMutant } from './mutants.ts'

const mutants = listMutants()

it('there are enough of them', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(12)
})

describe.each(mutants)('$name', (mutant) => {
  it(`is noticed by ${mutant.caughtBy}: ${mutant.fault}`, async () => {
    const check = checks[mutant.caughtBy]
    expect(check).toBeDefined()
    const violations = await withMutant(mutant, async (dist) => check?.(dist) ?? [])
    expect(violations.length).toBeGreaterThan(0)
  })
})

it.each(Object.entries(checks))('%s finds nothing wrong with the program as it is', async (_, check) => {
  expect(await check('dist')).toEqual([])
})
