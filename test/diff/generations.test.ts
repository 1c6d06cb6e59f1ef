import { expect, it } from 'vitest'
import { checkSubjectDiffers } from '../../src/diff/checks/subject-differs.ts'
import type { Comparison } from '../../src/diff/comparison.ts'
import { findExceeded } from '../../src/diff/holds/guards.ts'
import type { Situation } from '../../src/diff/holds/hold.ts'
import type { Certificate, NameAttribute } from '../../src/model/certificate.ts'
import type { PairDifference } from '../../src/model/difference.ts'
import { nextSubject } from '../../src/x509/generation.ts'
import { pairDifference, placementDifference } from '../support/difference.ts'

const subject = [{ type: 'CN', value: 'ca' }]
const later = nextSubject(subject, new Date('2026-11-28T05:17:09Z'))
const rotation = { method: 'auto', start: 'manual', distrust: 'restart', overdueSeconds: 1 } as const

function findDifference(found: readonly NameAttribute[], over: object) {
  const certificate = { kind: 'certificate', certificates: [{ subject: found }] }
  const pair = { subject, fieldSources: {}, source: { file: 'policy.yml', line: 1, column: 1 }, ...over }
  return checkSubjectDiffers({ certificate, pair } as unknown as Comparison)?.message
}

it.each([
  ['another generation of a trust anchor', later, { rotation }, undefined],
  ['another name of a trust anchor', [{ type: 'CN', value: 'b' }], { rotation }, 'CN=b, wanted CN=ca'],
  [
    'a serial number of what has no generations',
    later,
    {},
    'CN=ca, serialNumber=20261128T051709Z, wanted CN=ca',
  ],
])('subject-differs judges %s', (_what, found, over, message) => {
  expect(findDifference(found, over)).toBe(message)
})

/** An intermediate that is issued anew because the authority above it was; no authority may be replaced. */
function findRefused(above: object, issuer: readonly NameAttribute[]) {
  const root = pairDifference('root', [], { pair: { kind: 'authority', subject, ...above } })
  const middle = pairDifference(
    'middle',
    [placementDifference('node-1', 'middle', '2030-01-01', { write: 'content' })],
    {
      pair: { kind: 'authority', authority: root.pair.id },
      current: { issuer } as unknown as Certificate,
      issue: { reasons: [{ code: 'issuer-differs', message: '' }] } as unknown as NonNullable<
        PairDifference['issue']
      >,
    },
  )
  const guard = {
    name: 'authorities',
    allowed: 0,
    counts: 'replaced',
    source: { file: 'p', line: 1, column: 1 },
  }
  const desired = { plays: [{ guards: [guard] }], allowed: {} }
  const situation = { desired, pairs: [root, middle], services: [], control: { issuances: [] } }
  return findExceeded(situation as unknown as Situation).map(({ problem }) => problem.code)
}

it('guards take what follows another generation of its authority for renewed, and what gets another for replaced', () => {
  expect(findRefused({ rotation }, later)).toEqual([])
  expect(findRefused({ rotation }, [{ type: 'CN', value: 'another' }])).toEqual(['guard-exceeded'])
  expect(findRefused({}, later)).toEqual(['guard-exceeded'])
  expect(findRefused({}, subject)).toEqual([])
})
