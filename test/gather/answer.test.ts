import { describe, expect, it } from 'vitest'
import { readAnswer } from '../../src/gather/answer.ts'
import type { Inquiry } from '../../src/gather/inquiry.ts'
import type { DesiredService } from '../../src/model/desired.ts'
import { type GatherAnswer, nothing } from '../../src/model/host.ts'
import { formatStamp } from '../../src/services/stamp.ts'

const clockMs = Date.parse('2026-11-23T12:00:00Z')
const path = '/var/lib/certwright/services/web'

const service: DesiredService = {
  address: 'node-1/service/web',
  host: 'node-1',
  name: 'web',
  source: { file: 'policy.yml', line: 1, col: 1 },
  manager: { kind: 'systemd', unit: 'web.service' },
  singleton: false,
  after: [],
  uses: [],
}
const inquiry: Inquiry = {
  request: nothing,
  services: [{ service, commands: [0], stamp: 1, trusts: [] }],
  sinks: [],
}

const emptyAnswer: GatherAnswer = {
  clockMs,
  certificates: [],
  privateKeys: [],
  texts: [],
  unknownOwners: [],
  managesOwnership: true,
  interrupted: [],
  missingFolders: [],
  disks: [],
  commands: [],
  probes: [],
  exchanges: [],
  trusts: [],
}

/** What is made of a manager's start and of a stamp, each so many seconds ahead of the host's clock. */
function read(started: number | undefined, stamped?: number) {
  const instant = (seconds: number) => new Date(clockMs + seconds * 1000)
  const time =
    started === undefined ? '' : `Mon ${instant(started).toISOString().slice(0, 19).replace('T', ' ')} UTC`
  const stdout = `LoadState=loaded\nActiveState=active\nExecMainStartTimestamp=${time}`
  const stamp =
    stamped === undefined
      ? undefined
      : { kind: 'text' as const, text: formatStamp({ ms: instant(stamped).getTime() }) }
  const answer: GatherAnswer = {
    ...emptyAnswer,
    texts: [undefined, stamp && { ...stamp, modifiedMs: 0 }],
    commands: [{ kind: 'exited', exitCode: 0, stdout, stderr: '' }],
  }
  const { state, ...fact } =
    readAnswer('node-1', inquiry, answer, { fromMs: clockMs, toMs: clockMs }).services.web ?? {}
  return fact
}

describe('when a service last took up its files is', () => {
  it.each([
    [-60, -90, -60],
    [-90, -60, -60],
    [undefined, 0, 0],
    [-60, undefined, -60],
    [5, undefined, 0],
  ])('of a start %s s and a stamp %s s from now the later one: %s', (started, stamped, expected) => {
    expect(read(started, stamped)).toEqual({ startedMs: clockMs + expected * 1000 })
  })

  it.each([
    [-60, 1, { startedMs: clockMs - 60_000, future: { ms: clockMs + 1000, path } }],
    [undefined, 1, { future: { ms: clockMs + 1000, path } }],
    [6, undefined, { future: { ms: clockMs + 6000 } }],
    [6, -60, { startedMs: clockMs - 60_000, future: { ms: clockMs + 6000 } }],
    [6, 1, { future: { ms: clockMs + 1000, path } }],
  ])(
    'not told by what its clock has not reached: a start %s s, a stamp %s s from now',
    (started, stamped, expected) => {
      expect(read(started, stamped)).toEqual(expected)
    },
  )
})

describe('a service that is asked', () => {
  const answered = (over: Partial<GatherAnswer>, asked: object) => {
    const services = [{ service, commands: [], stamp: 0, trusts: [], ...asked }]
    const answer: GatherAnswer = { ...emptyAnswer, ...over }
    return readAnswer('node-1', { ...inquiry, services }, answer, { fromMs: clockMs, toMs: clockMs }).services
      .web
  }

  it('whom it trusts says so for each address, in their order', () => {
    const [one, two, three] = [
      { kind: 'indifferent' },
      { kind: 'named', names: ['3000'] },
      { kind: 'failed', detail: 'no answer in time' },
    ] as const
    expect(answered({ trusts: [one, two, three] }, { trusts: [1, 2] })?.trust).toEqual([two, three])
    expect(answered({ trusts: [one, two, three] }, {})).not.toHaveProperty('trust')
  })

  it.each([
    [{ kind: 'exited', exitCode: 0 } as const, true],
    [{ kind: 'exited', exitCode: 1 } as const, false],
    [{ kind: 'missing' } as const, undefined],
    [{ kind: 'timed-out' } as const, undefined],
    [{ kind: 'killed' } as const, undefined],
  ])('whether it leads by a command of which is told %j says %s', (outcome, leads) => {
    const commands = [{ ...outcome, stdout: '', stderr: '' }]
    expect(answered({ commands }, { leads: 0 })?.leads).toBe(leads)
    expect(answered({ commands }, {})).not.toHaveProperty('leads')
  })
})
