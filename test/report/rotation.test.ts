import { readFileSync } from 'node:fs'
import ajvModule from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import type { Plan, PlannedRotation } from '../../src/model/plan.ts'
import type { Status } from '../../src/model/status.ts'
import { describeRotations } from '../../src/plan/rotations.ts'
import { planToJson, statusToJson } from '../../src/report/json.ts'
import { formatPlan } from '../../src/report/plan-text.ts'
import { formatStatus } from '../../src/report/status-text.ts'
import { pairDifference } from '../support/difference.ts'
import { start } from '../support/engine.ts'
import { hostOf, rotationFact, rotationOf, waitFor } from '../support/rotation.ts'

const plain = { colour: false, verbose: false }

function planWith(...rotations: readonly PlannedRotation[]): Plan {
  return {
    formatVersion: '1.0',
    title: 'test',
    at: start,
    inputs: [],
    hosts: [],
    changes: [],
    refused: [],
    waiting: [],
    unchanged: [],
    problems: [],
    unreachable: [],
    interrupted: [],
    undeliverable: [],
    rotations,
    batches: [],
    tasks: [],
  }
}

function statusWith(...rotations: readonly PlannedRotation[]): Status {
  return {
    at: start,
    certificates: [],
    omitted: 0,
    services: [],
    alarms: [],
    conditions: [],
    rotations,
    problems: [],
    unreachable: [],
    undeliverable: [],
  }
}

const show = (rotation: PlannedRotation) => formatPlan(planWith(rotation), plain).split('\n\n')[1]

describe('a plan says of a rotation', () => {
  it('what is done, what is under way and what is to come, and what that waits for', () => {
    expect(
      show(
        rotationOf({
          waits: [waitFor(), waitFor({ service: 'etcd', what: 'pool', message: 'its restart' })],
        }),
      ),
    ).toBe(`rotation of etcd-ca   bridge: the old one is valid, and its path length allows it
  old    CN=etcd-ca                  sha256:aaaaaaaa…  until 2027-01-01
  → new  CN=etcd-ca, serialNumber=b  sha256:bbbbbbbb…  until 2037-01-01  signs now
  ✓ prepare   done     the new one is made, beside the old one
  ▸ sign      now      what it signs is signed by the new one
      waits for node-2: it cannot be reached
      waits for etcd on node-2: its restart
    distrust  to come  everything trusts the new one only
    finish    to come  what is left over is taken away
  This plan only keeps what has been reached.
  To go on, once nothing is waited for: certwright rotate PLAYBOOK etcd-ca`)
  })

  it('the place that it waits for once, where the reason names it', () => {
    const pool = {
      service: 'etcd',
      what: 'pool',
      message: 'etcd on node-2, which has to start again',
    } as const
    const text = show(rotationOf({ waits: [waitFor(pool)] }))
    expect(text).toContain('      waits for etcd on node-2, which has to start again\n')
  })

  it('that it has one more phase where both are trusted for a while', () => {
    const text = show(rotationOf({ method: 'bundle', phase: 'trust' }))
    expect(text).toMatch(/✓ prepare .*\n {2}▸ trust .*\n {4}sign .*\n {4}distrust .*\n {4}finish /)
  })

  it('that the new one is yet to be made, and who makes it', () => {
    const { wanted: _, ...rest } = rotationFact({ phase: 'prepare' })
    const pair = pairDifference('etcd-ca', [], { rotation: rest })
    const [rotation] = describeRotations({ readOnlyHosts: [] }, { pairs: [pair] })
    const text = rotation && show(rotation)
    expect(text).toMatch(/→ new {2}is yet to be made\n {2}▸ prepare/)
    expect(text).toContain('To begin: certwright rotate PLAYBOOK etcd-ca')
  })

  it('that the old one has been taken away', () => {
    const { other: _, ...rest } = rotationFact({ phase: 'finish' })
    const pair = pairDifference('etcd-ca', [], { rotation: rest })
    const [rotation] = describeRotations({ readOnlyHosts: [] }, { pairs: [pair] })
    expect(rotation && show(rotation)).toMatch(/old {4}has been taken away\n/)
  })

  it('that it is carried out, without a hint to what does', () => {
    const text = show(rotationOf({ advances: true, since: '2026-11-01T00:00:00Z' }))
    expect(text).toContain('This plan carries out: sign.\n  On its way since 2026-11-01.')
    expect(text).not.toContain('certwright rotate')
  })

  it('that the way back begins with a turn', () => {
    expect(show(rotationOf({ phase: 'turn', advances: true }))).toMatch(/▸ turn .*\n {4}sign /)
  })

  it('that it is overdue', () => {
    expect(show(rotationOf({ isOverdue: true }))).toContain('It is overdue.')
  })

  it('all of it in 100 columns', () => {
    const rotation = rotationOf({ waits: [waitFor()], since: start, isOverdue: true, method: 'bundle' })
    for (const line of show(rotation)?.split('\n') ?? ['x'.repeat(101)])
      expect(line.length).toBeLessThanOrEqual(100)
  })
})

describe('a status says of a rotation', () => {
  it('for each host what its file and its services trust, how that is known, and who signed what', () => {
    const waits = [
      waitFor(),
      waitFor({ host: 'node-1', service: 'etcd', what: 'pool', message: 'its restart' }),
    ]
    const text = formatStatus(statusWith(rotationOf({ waits })), plain)
    expect(text.split('\n\n')[1]).toBe(
      `rotation of etcd-ca   bridge, phase sign (2 of 4): what it signs is signed by the new one
HOST    WHAT                TRUSTS       ON DISK  SERVED  WAITS FOR
node-1  its file            old
node-1  service etcd        old (named)                   its restart
node-1  certificate server               new      old
node-1  certificate peer                 new
node-2  its file            unknown                       it cannot be reached
`.trimEnd(),
    )
  })

  it.each(['named', 'inferred', 'file', 'stopped'] as const)('that a trust is known as %s', (known) => {
    const hosts = [hostOf('node-1', { pools: [{ service: 'web', trusts: 'both', known }], leaves: [] })]
    expect(formatStatus(statusWith(rotationOf({ hosts })), plain)).toContain(`service web  both (${known})`)
  })

  it('what is waited for on hosts that the run is not about', () => {
    const rotation = rotationFact({ waits: [waitFor({ message: 'its file' })] })
    const pair = pairDifference('etcd-ca', [], { rotation })
    const rotations = describeRotations({ readOnlyHosts: ['node-2'] }, { pairs: [pair] })
    expect(rotations[0]?.hosts.map(({ host }) => host)).toEqual(['node-1'])
    expect(formatStatus(statusWith(...rotations), plain)).toMatch(/\nnode-2 +its file\n/)
  })

  it('nothing where there is none', () => {
    expect(formatStatus(statusWith(), plain)).not.toContain('rotation')
  })
})

describe('as JSON', () => {
  const validate = new ajvModule.Ajv2020({ formats: { 'date-time': true }, strictTypes: false }).compile(
    JSON.parse(readFileSync('schemas/plan.schema.json', 'utf8')),
  )
  const rotations = [
    rotationOf({ waits: [waitFor({ service: 'etcd' })], since: start }),
    rotationOf({ method: 'bundle', phase: 'trust', advances: true }),
  ]

  it('a rotation fits the schema of plans, which would refuse anything else', () => {
    const json = JSON.parse(JSON.stringify(planToJson(planWith(...rotations))))
    expect(validate(json), JSON.stringify(validate.errors)).toBe(true)
    expect(validate({ ...json, rotations: [{ ...json.rotations[0], secret: 1 }] })).toBe(false)
    expect(validate({ ...json, rotations: [{ ...json.rotations[0], phase: 'other' }] })).toBe(false)
  })

  it('a status has the same', () => {
    expect(statusToJson(statusWith(...rotations))).toMatchObject({
      rotations: [
        {
          authority: 'etcd-ca',
          is_overdue: false,
          wanted: { fingerprint: 'b'.repeat(64), not_after: '2037-01-01T00:00:00Z' },
          hosts: [
            { host: 'node-1', leaves: [{ name: 'server', where: 'disk', signed_by: 'new' }, {}, {}] },
            {},
          ],
          waits: [{ host: 'node-2', service: 'etcd', what: 'unobserved' }],
        },
        { since: null },
      ],
    })
  })
})
