import { describe, expect, it } from 'vitest'
import { findAftermath } from '../../src/apply/aftermath.ts'
import type { Outcome } from '../../src/model/result.ts'
import { describeAftermath } from '../../src/report/aftermath.ts'

const outcome = (address: string, action: Outcome['action'], status: Outcome['status']): Outcome => ({
  address: `a/${address}`,
  host: 'a',
  action,
  status,
  detail: '',
})
const leaf = outcome('certificate/leaf', 'renew', 'done')
const failed = outcome('service/web', 'restart', 'failed')
const skipped = outcome('service/api', 'reload', 'skipped')
const transaction = { transactionId: 't', unfit: [], pairs: [] }

describe('after a failure a host was', () => {
  const find = (outcomes: Outcome[], over: Partial<Parameters<typeof findAftermath>[0]> = {}) =>
    findAftermath(
      { rolledBack: new Set(), installed: new Map(), lost: new Set(), kept: new Map(), ...over },
      outcomes,
    )
  const installed = new Map([['a', transaction]])

  it.each<[string, Outcome[], Parameters<typeof find>[1], string]>([
    [
      'put back',
      [{ ...leaf, status: 'rolled-back' }, failed, skipped],
      { rolledBack: new Set(['a']) },
      'a: put back: what this run installed there is as it was before',
    ],
    [
      'never touched',
      [{ ...leaf, status: 'failed' }, skipped],
      {},
      'a: never touched: nothing was replaced there',
    ],
    [
      'never touched, with what was owed before',
      [failed, skipped],
      {},
      'a: never touched: nothing was replaced there; still to be told: a/service/web',
    ],
    [
      'kept, with all that is owed',
      [leaf, failed, skipped],
      { installed, kept: new Map([['a', 'on_failure is keep']]) },
      'a: kept: what this run installed there stays; still to be told: a/service/web, a/service/api; not rolled back: on_failure is keep',
    ],
    [
      'kept, where only another pair of it failed',
      [leaf, outcome('certificate/other', 'renew', 'failed')],
      { installed },
      'a: kept: what this run installed there stays',
    ],
  ])('%s', (_what, outcomes, run, text) => {
    expect(find(outcomes, run).map(describeAftermath)).toEqual([text])
  })

  it('not in any of these states when nothing failed, or nobody knows', () => {
    expect(find([leaf, skipped])).toEqual([])
    expect(find([failed], { lost: new Set(['a']) })).toEqual([])
  })
})
