import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plannedWindow, renewalTime } from '../../src/diff/validity.ts'
import { parseDuration, parsePercentage } from '../../src/load/duration.ts'
import type { Certificate } from '../../src/model/certificate.ts'
import type { DesiredPair, RenewBefore } from '../../src/model/desired.ts'

const at = new Date('2026-11-23T00:00:00.500Z')
const start = new Date('2026-11-23T00:00:00Z')

/** Only what the dates follow from. */
function pairOf(validitySeconds: number, renewBefore: RenewBefore): DesiredPair {
  return { validitySeconds, renewBefore } as unknown as DesiredPair
}

/** The dates of a certificate issued at `at`. */
function issue(pair: DesiredPair): Certificate {
  const { notBefore, notAfter } = plannedWindow(pair, undefined, at)
  return { notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() } as Certificate
}

function read(validity: string, renewBefore: string): DesiredPair {
  const percentage = parsePercentage(renewBefore)
  return pairOf(
    parseDuration(validity) ?? 0,
    percentage === undefined
      ? { kind: 'seconds', seconds: parseDuration(renewBefore) ?? 0 }
      : { kind: 'percentage', percentage },
  )
}

describe('a certificate', () => {
  it.each([
    ['365d', '33%', 3600, 365 * 86_400 * 0.67],
    ['365d', '15d', 3600, 350 * 86_400],
    ['24h', '25%', 3600, 18 * 3600],
    ['10h', '50%', 3600, 5 * 3600],
    ['6h', '50%', 2160, 3 * 3600],
    ['6h', '95%', 2160, 0.05 * 6 * 3600],
    ['6h', '5h59m', 2160, 60],
    ['1h', '60%', 360, 0.4 * 3600],
    ['90s', '50%', 9, 45],
    ['5s', '50%', 0, 2.5],
  ])(
    'of %s, renewed from %s before, is backdated by %d s and due after %d s',
    (validity, before, back, due) => {
      const pair = read(validity, before)
      const certificate = issue(pair)
      expect(start.getTime() - Date.parse(certificate.notBefore)).toBe(back * 1000)
      expect((renewalTime(pair, certificate).getTime() - start.getTime()) / 1000).toBeCloseTo(due, 3)
    },
  )

  it('is never due when it is issued, and always before it expires', () => {
    const renewBefore = (validity: number) =>
      fc.oneof(
        fc.record({
          kind: fc.constant('seconds' as const),
          seconds: fc.integer({ min: 1, max: validity - 1 }),
        }),
        fc.record({
          kind: fc.constant('percentage' as const),
          percentage: fc.double({ min: 0.001, max: 99, noNaN: true }),
        }),
      )
    const pairs = fc
      .integer({ min: 60, max: 10 * 366 * 86_400 })
      .chain((validity) => renewBefore(validity).map((before) => pairOf(validity, before)))
    fc.assert(
      fc.property(pairs, (pair) => {
        const certificate = issue(pair)
        const due = renewalTime(pair, certificate)
        expect(due.getTime()).toBeGreaterThan(start.getTime())
        expect(due.getTime()).toBeLessThan(Date.parse(certificate.notAfter))
      }),
    )
  })

  it('whose authority is about to expire is backdated by what it has left', () => {
    const notAfter = new Date(start.getTime() + 1_800_000)
    const notBefore = new Date(start.getTime() - 86_400_000)
    const authority = { name: 'ca', notBefore, notAfter, superiors: [] }
    expect(plannedWindow(read('365d', '33%'), authority as never, at)).toEqual({
      notBefore: new Date(start.getTime() - 180_000),
      notAfter,
      clamped: true,
    })
  })
})
