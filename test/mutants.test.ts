import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { listMutants } from './faults/mutants.ts'

// What each one breaks is tried by npm run test:faults. That comes long after this.
it.each(listMutants())('the sources can still be broken on purpose: $name', ({ patch }) => {
  const check = () =>
    execFileSync('git', ['apply', '--check', '--whitespace=nowarn', patch], { encoding: 'utf8' })
  expect(check).not.toThrow()
})
