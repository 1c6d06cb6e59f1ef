import { describe, expect, it } from 'vitest'
import { planExitCode, resultExitCode, statusExitCode } from '../../src/cli/exit-code.ts'
import type { Plan } from '../../src/model/plan.ts'
import type { Outcome, Result } from '../../src/model/result.ts'

const result: Result = {
  at: '',
  outcomes: [],
  failed: [],
  alarms: [],
  undeliverable: [],
  needsHuman: false,
  unreachable: [],
  held: [],
}
const outcome = (status: Outcome['status']): Outcome => ({
  address: 'a',
  host: 'h',
  action: 'renew',
  status,
  detail: '',
})
const alarm = { id: '1', entity: 'e', severity: 'major', reason: 'r', repair: 'p' }
const rotation = { ...alarm, entity: 'host=h.authority=ca', severity: 'minor' }
const lost = { host: 'h', sink: 's', detail: 'd' }

describe('an apply ends with', () => {
  it.each<[number, string, Partial<Result>]>([
    [0, 'nothing to do', {}],
    [0, 'everything done', { outcomes: [outcome('done'), outcome('skipped')] }],
    [6, 'a failure', { outcomes: [outcome('done'), outcome('failed')] }],
    [6, 'a rollback', { outcomes: [outcome('rolled-back')] }],
    [7, 'a host that needs a human', { needsHuman: true, outcomes: [outcome('failed')] }],
    [8, 'something that moved', { outcomes: [outcome('stale')] }],
    [6, 'a failure and something that moved', { outcomes: [outcome('stale'), outcome('failed')] }],
    [9, 'a host that another run holds, and one that is away', { held: ['h'], unreachable: ['i'] }],
    [
      8,
      'something that moved, and a host that another run holds',
      { outcomes: [outcome('stale')], held: ['h'] },
    ],
    [8, 'something that moved and a host that is away', { outcomes: [outcome('stale')], unreachable: ['h'] }],
    [4, 'a host that is away and an alarm', { unreachable: ['h'], alarms: [alarm] }],
    [10, 'a standing alarm', { alarms: [alarm] }],
    [10, 'a minor alarm', { alarms: [{ ...alarm, severity: 'minor' }] }],
    [0, 'a rotation that goes its way', { alarms: [rotation] }],
    [0, 'one of which the policy merely wants a warning', { alarms: [{ ...rotation, severity: 'warning' }] }],
    [10, 'a rotation that presses', { alarms: [{ ...rotation, severity: 'major' }] }],
    [10, 'one that is critical', { alarms: [{ ...rotation, severity: 'critical' }] }],
    [10, 'a rotation that goes its way, and another alarm', { alarms: [rotation, alarm] }],
    [10, 'an alarm that could not be delivered', { undeliverable: [lost] }],
  ])('%d after %s', (code, _what, over) => {
    expect(resultExitCode({ ...result, ...over })).toBe(code)
  })
})

it('a plan ends with 2 for changes only when asked to, and never hides a problem', () => {
  const plan: Plan = {
    formatVersion: '1.0',
    title: '',
    at: '',
    inputs: [],
    hosts: [],
    changes: [],
    refused: [],
    waiting: [],
    unchanged: [],
    rotations: [],
    problems: [],
    unreachable: [],
    interrupted: [],
    undeliverable: [],
    batches: [],
    tasks: [],
  }
  const change = {
    address: 'a',
    host: 'h',
    kind: 'certificate',
    name: 'n',
    action: 'renew',
    reasons: [],
    before: null,
    after: null,
    paths: [],
    notes: [],
  } as const
  const problem = { address: 'a', host: 'h', code: 'unreadable', message: '', hint: '' } as const
  expect(planExitCode(plan, true)).toBe(0)
  expect(planExitCode({ ...plan, changes: [change] }, false)).toBe(0)
  expect(planExitCode({ ...plan, changes: [change] }, true)).toBe(2)
  expect(planExitCode({ ...plan, changes: [change], unreachable: [{ host: 'h', detail: '' }] }, true)).toBe(4)
  expect(planExitCode({ ...plan, changes: [change], problems: [problem] }, true)).toBe(7)
})

it('a status ends with 10 while an alarm stands', () => {
  const status = {
    at: '',
    certificates: [],
    omitted: 0,
    rotations: [],
    conditions: [],
    services: [],
    alarms: [],
    problems: [],
    unreachable: [],
    interrupted: [],
    undeliverable: [],
  }
  expect(statusExitCode(status)).toBe(0)
  const standing = { ...alarm, host: 'h', raisedAt: '', wantedBy: [], sinks: [] }
  expect(statusExitCode({ ...status, alarms: [{ ...standing, isOwn: true }] })).toBe(10)
  expect(statusExitCode({ ...status, alarms: [{ ...standing, isOwn: false }] })).toBe(0)
  const minor = { ...standing, ...rotation, isOwn: true }
  expect(statusExitCode({ ...status, alarms: [minor] })).toBe(0)
  expect(statusExitCode({ ...status, alarms: [{ ...minor, severity: 'major' }] })).toBe(10)
  const holding = { ...rotation, host: 'h', isSilent: false }
  expect(statusExitCode({ ...status, conditions: [holding] })).toBe(0)
  expect(statusExitCode({ ...status, conditions: [{ ...holding, severity: 'major' }] })).toBe(10)
  const expired = {
    address: 'h/authority/ca',
    host: 'h',
    kind: 'authority',
    name: 'ca',
    path: '/ca.crt',
    notAfter: null,
    dueAt: null,
    daysLeft: -1,
    state: 'expired',
    served: 'not-probed',
    reasons: [],
  } as const
  expect(statusExitCode({ ...status, certificates: [expired] })).toBe(10)
  expect(statusExitCode({ ...status, certificates: [{ ...expired, waiting: 'previous' }] })).toBe(0)
})
