import type { DesiredPair } from '../model/desired.ts'
import { findKeys } from './pair-context.ts'
import { complain, type Reading } from './reading.ts'

/** The last instant that a certificate can name (RFC 5280 §4.1.2.5). */
const endOfDates = Date.UTC(9999, 11, 31, 23, 59, 59)

/** What is issued at that instant has to end at one that can be written down. */
export function checkLifetimes(reading: Reading, pairs: readonly DesiredPair[], at: Date): void {
  for (const { kind, name, validitySeconds, supplied } of pairs) {
    if (supplied || at.getTime() + validitySeconds * 1000 <= endOfDates) continue
    const section = kind === 'authority' ? 'authorities' : 'certificates'
    complain(reading, findKeys({ ...reading, section, name, defaults: {} }, 'validity'), {
      code: 'validity-too-long',
      message: `${name} would be valid beyond the year 9999, where the dates of certificates end`,
      hint: 'a certificate that never expires is never renewed either: 3650d is ten years',
    })
  }
}
