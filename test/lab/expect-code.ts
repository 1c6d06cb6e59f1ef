import { expect } from 'vitest'
import type { Ran } from '../support/certwright.ts'

/** Where the program ends otherwise, everything that it said is shown. */
export function expectCode({ code, stdout, stderr }: Ran, wanted: number): void {
  expect(code, `${stdout}\n${stderr}`).toBe(wanted)
}
