// The checks, and the harness judged: what is broken on purpose has to be noticed, and what is not must not be complained about.
import { describe, expect, it } from 'vitest'
import { checks } from './checks.ts'
import { listMutants, withMutant } from './mutants.ts'
import { sampleHalf } from './sampling.ts'

const mutants = listMutants()

describe.concurrent('the program as it is', () => {
  it.each(Object.values(checks))('keeps its promise: $promise', async ({ find }) => {
    expect(await find('dist')).toEqual([])
  })
})

it('there are enough mutants', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(12)
})

describe.concurrent('a program that is broken on purpose', () => {
  it.each(sampleHalf(mutants))('is noticed by $caughtBy: $fault ($name)', async (mutant) => {
    const check = checks[mutant.caughtBy]
    expect(check).toBeDefined()
    const violations = await withMutant(mutant, async (dist) => check?.find(dist) ?? [])
    expect(violations.length).toBeGreaterThan(0)
  })
})
