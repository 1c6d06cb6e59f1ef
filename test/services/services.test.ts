import { describe, expect, it } from 'vitest'
import type { ServiceManager } from '../../src/model/desired.ts'
import type { CommandOutcome } from '../../src/model/host.ts'
import { askService, parseService, updateService } from '../../src/services/services.ts'
import { formatStamp, parseStamp, stampPath } from '../../src/services/stamp.ts'

const exited = (exitCode: number, stdout = '', stderr = ''): CommandOutcome => ({
  kind: 'exited',
  exitCode,
  stdout,
  stderr,
})
const missing: CommandOutcome = { kind: 'missing', stdout: '', stderr: '' }
const hanging: CommandOutcome = { kind: 'timed-out', stdout: '', stderr: '' }
const clock = Date.parse('2026-11-23T12:00:00Z')

describe('systemd', () => {
  const manager: ServiceManager = { kind: 'systemd', unit: 'etcd.service' }
  const show = (load: string, active: string, started: string) =>
    exited(0, `LoadState=${load}\nActiveState=${active}\nExecMainStartTimestamp=${started}`)

  it('is asked and told without a shell, behind --', () => {
    expect(askService(manager).map(({ argv }) => argv)).toEqual([
      ['systemctl', 'show', '--property=LoadState,ActiveState,ExecMainStartTimestamp', '--', 'etcd.service'],
    ])
    expect(updateService(manager, 'restart', 'active')?.argv).toEqual([
      'systemctl',
      'try-restart',
      '--',
      'etcd.service',
    ])
    expect(updateService(manager, 'reload', 'active')?.argv).toEqual([
      'systemctl',
      'reload',
      '--',
      'etcd.service',
    ])
  })

  it('is told to start what has failed, however often it did, and never what was stopped', () => {
    expect(updateService(manager, 'restart', 'inactive')?.argv[1]).toBe('try-restart')
    expect(updateService(manager, 'restart', 'failed')?.argv).toEqual([
      'sh',
      '-c',
      'systemctl reset-failed -- "$0"; exec systemctl restart -- "$0"',
      'etcd.service',
    ])
  })

  it.each([
    [
      show('loaded', 'active', 'Mon 2026-11-23 09:30:05 UTC'),
      { state: 'active', startedMs: Date.parse('2026-11-23T09:30:05Z') },
    ],
    [show('loaded', 'reloading', ''), { state: 'active' }],
    [show('loaded', 'inactive', ''), { state: 'inactive', detail: 'inactive' }],
    [show('loaded', 'failed', 'Mon 2026-11-23 09:30:05 UTC'), { state: 'failed' }],
    [
      show('not-found', 'inactive', ''),
      { state: 'unknown', detail: 'systemd has no unit etcd.service (not-found)' },
    ],
    [
      exited(1, '', 'System has not been booted with systemd as init system\nmore'),
      { state: 'unknown', detail: 'systemctl: System has not been booted with systemd as init system' },
    ],
    [missing, { state: 'unknown', detail: 'there is no systemctl' }],
    [hanging, { state: 'unknown', detail: 'systemctl: timed-out' }],
  ])('%j means %j', (outcome, fact) => {
    expect(parseService(manager, [outcome], clock)).toEqual(fact)
  })
})

describe('the command manager', () => {
  const manager: ServiceManager = {
    kind: 'command',
    isActive: ['is'],
    uptime: ['up'],
    restart: ['again'],
    timeoutSeconds: 7,
  }

  it('asks what the policy says, in its time', () => {
    expect(askService(manager)).toEqual([
      { argv: ['is'], timeoutMs: 7000 },
      { argv: ['up'], timeoutMs: 7000 },
    ])
    expect(updateService(manager, 'restart', 'active')).toEqual({ argv: ['again'], timeoutMs: 7000 })
    expect(updateService(manager, 'reload', 'active')).toBeUndefined()
  })

  it.each([
    [[exited(0), exited(0, '  90\n')], { state: 'active', startedMs: clock - 90_000 }],
    [[exited(0), exited(0, '90\n120\n')], { state: 'active', startedMs: clock - 120_000 }],
    [[exited(0), exited(0, '1-02:03:04')], { state: 'active' }],
    [[exited(0), exited(1, '90')], { state: 'active' }],
    [[exited(0), missing], { state: 'active' }],
    [[exited(1), exited(1)], { state: 'inactive' }],
    [[missing, missing], { state: 'unknown', detail: 'is: no such program' }],
    [[hanging, hanging], { state: 'unknown', detail: 'is: no answer in time' }],
  ])('%j means %j', (outcomes, fact) => {
    expect(parseService(manager, outcomes, clock)).toEqual(fact)
  })

  it('counts a service as active that it cannot ask about', () => {
    expect(parseService({ kind: 'command', timeoutSeconds: 1 }, [], clock)).toEqual({ state: 'active' })
  })
})

it('nobody is asked about an unmanaged service', () => {
  expect(askService({ kind: 'none' })).toEqual([])
  expect(parseService({ kind: 'none' }, [], clock)).toEqual({ state: 'unmanaged' })
  expect(updateService({ kind: 'none' }, 'restart', 'active')).toBeUndefined()
})

it('a stamp is read back, and nothing else is taken for one', () => {
  const ms = Date.parse('2026-11-23T09:30:05.123Z')
  const begun = { action: 'reload', ms: ms + 1 } as const
  for (const stamp of [{ ms }, { ms, begun }]) expect(parseStamp(formatStamp(stamp))).toEqual(stamp)
  expect(formatStamp({ ms, begun })).toBe('2026-11-23T09:30:05.123Z\nreload begun 2026-11-23T09:30:05.124Z\n')
  const others = [
    '',
    'yesterday',
    '2026-11-23',
    '{}',
    `${formatStamp({ ms })}stop begun 2026-11-23T09:30:05Z\n`,
  ]
  expect(others.map(parseStamp)).toEqual(others.map(() => undefined))
  expect(stampPath('etcd')).toBe('/var/lib/certwright/services/etcd')
})
