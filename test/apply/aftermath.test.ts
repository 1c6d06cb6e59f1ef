import { describe, expect, it } from 'vitest'
import { findAftermath } from '../../src/apply/aftermath.ts'
import type { Plan, ServiceTask } from '../../src/model/plan.ts'
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
/** Each service belongs to a certificate of its own. */
const service = (name: string, certificate: string): ServiceTask => ({
  kind: 'service',
  id: name,
  batch: 0,
  host: 'a',
  address: `a/service/${name}`,
  name,
  action: 'restart',
  manager: { kind: 'none' },
  isShownWhole: false,
  onFailure: 'rollback',
  after: [],
  pressing: false,
  uses: [],
  goesBack: [`a/certificate/${certificate}`],
})

const plan = {
  changes: [{ address: 'a/service/old', reasons: [{ code: 'served-differs' }] }],
  tasks: [service('web', 'leaf'), service('api', 'leaf'), service('old', 'other')],
} as unknown as Plan

describe('after a failure a host was', () => {
  type State = Parameters<typeof findAftermath>[0]
  const find = (outcomes: Outcome[], over: Partial<State> = {}) =>
    findAftermath(
      { putBack: new Set(), standing: new Map(), lost: new Set(), kept: new Map(), ...over },
      plan,
      outcomes,
    )
  const standing = new Map([['a/certificate/leaf', ['/leaf.crt']]])
  const putBack = new Set(['a/certificate/leaf', 'a/service/web', 'a/service/api'])
  const back = { ...leaf, status: 'rolled-back' } as const
  const other = outcome('certificate/other', 'renew', 'done')
  const old = outcome('service/old', 'restart', 'failed')

  it.each<[string, Outcome[], Partial<State>, string]>([
    [
      'put back',
      [back, failed, skipped],
      { putBack },
      'a: put back: what belongs to the service that failed is as it was before',
    ],
    [
      'put back in part, and what stays has still to be told',
      [back, other, failed, skipped, { ...old, status: 'skipped' }],
      { putBack, standing: new Map([['a/certificate/other', ['/other.crt']]]) },
      'a: put back: what belongs to the service that failed is as it was before; still to be told: a/service/old',
    ],
    [
      'kept, where some of it was put back and some could not be',
      [back, other, failed, skipped, old],
      {
        putBack,
        standing: new Map([['a/certificate/other', ['/other.crt']]]),
        kept: new Map([['a', 'what was there before is no better']]),
      },
      'a: kept: what this run installed there stays; still to be told: a/service/old; not rolled back: what was there before is no better',
    ],
    [
      'never touched',
      [{ ...leaf, status: 'failed' }, skipped],
      {},
      'a: never touched: nothing was replaced there',
    ],
    [
      'never touched, with what was owed before',
      [old, skipped],
      {},
      'a: never touched: nothing was replaced there; still to be told: a/service/old',
    ],
    [
      'kept, with all that is owed',
      [leaf, failed, skipped],
      { standing, kept: new Map([['a', 'on_failure is keep']]) },
      'a: kept: what this run installed there stays; still to be told: a/service/web, a/service/api; not rolled back: on_failure is keep',
    ],
    [
      'kept, where only another pair of it failed',
      [leaf, { ...other, status: 'failed' }],
      { standing },
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
