import { beforeAll, describe, expect, it } from 'vitest'
import { compareService } from '../../src/diff/service.ts'
import type { CertificateFact, HostActual, ProbeFact, ServiceFact } from '../../src/model/actual.ts'
import type { Certificate } from '../../src/model/certificate.ts'
import type { DesiredProbe, DesiredService, ServiceEffect } from '../../src/model/desired.ts'
import type { PairDifference } from '../../src/model/difference.ts'
import { authorityProfile, issue, leafProfile } from '../support/issue.ts'

const source = { file: 'policy.yml', line: 1, col: 1 }
const path = '/pki/leaf.crt'
const stat = {
  mode: 0o644,
  owner: 'root',
  group: 'root',
  size: 1,
  links: 1,
  accessList: false,
  modifiedMs: 0,
}

let leaf: Certificate
let middle: Certificate
beforeAll(async () => {
  const root = await issue(authorityProfile)
  const below = await issue({ ...authorityProfile, subject: [{ type: 'CN', value: 'middle' }] }, { by: root })
  middle = below.certificate
  leaf = (await issue(leafProfile, { by: below })).certificate
})

interface Given {
  readonly effect?: ServiceEffect
  readonly probe?: Partial<Extract<DesiredProbe, { kind: 'tls' }>>
  readonly fact?: Partial<Extract<ProbeFact, { kind: 'served' }>>
  readonly service?: Partial<ServiceFact>
  readonly client?: Partial<PairDifference>
  readonly modifiedMs?: number
  readonly at?: string
}

/** A service whose file holds leaf and intermediate, and what is made of what it serves. */
function compare({
  effect = 'restart',
  probe,
  fact,
  service,
  client,
  modifiedMs = 0,
  at = '2027-01-01',
}: Given) {
  const desired: DesiredService = {
    address: 'node-1/service/web',
    host: 'node-1',
    name: 'web',
    source,
    manager: { kind: 'systemd', unit: 'web.service' },
    singleton: false,
    after: [],
    uses: [{ pair: 'leaf', effect }],
    probe: {
      kind: 'tls',
      source,
      trust: [],
      retries: 0,
      delaySeconds: 1,
      deadlineSeconds: 1,
      hostname: '127.0.0.1',
      port: 443,
      expect: 'leaf',
      present: 'client',
      ...probe,
    },
  }
  const file: CertificateFact = {
    kind: 'certificate',
    stat: { ...stat, modifiedMs },
    certificates: [leaf, middle],
    sha256: '',
  }
  const placement = {
    address: 'a',
    host: 'node-1',
    certificate: { path, mode: 0o644, isModeSaid: false, source },
  }
  const own = {
    file: placement.certificate,
    copy: 0,
    write: 'nothing',
    reasons: [],
    what: 'certificate',
    fact: file,
  }
  const pairs = new Map([
    ['leaf', { pair: { name: 'leaf' }, placements: [{ placement, files: [own] }] }],
    ['client', { pair: { name: 'client' }, placements: [], ...client }],
  ]) as unknown as ReadonlyMap<string, PairDifference>
  const host = {
    certificates: { [path]: file },
    services: {
      web: { state: 'active', probe: { kind: 'served', certificates: [leaf, middle], ...fact }, ...service },
    },
  } as unknown as HostActual
  const { action, proved, unfit, notes, reasons } = compareService(desired, {
    play: 0,
    host,
    pairs,
    at: new Date(at),
  })
  const codes = reasons.map(({ code }) => code)
  const messages = reasons.map(({ message }) => message)
  return { action, proved, unfit, notes, codes, messages }
}

const fine = { action: 'none', proved: true, unfit: [], notes: [], codes: [], messages: [] }

describe('a service that serves', () => {
  it('what its file holds has proved it', () => {
    expect(compare({})).toEqual(fine)
  })

  it.each<[ServiceEffect, object]>([
    ['restart', { action: 'restart', proved: false, codes: ['served-differs'] }],
    ['reload', { action: 'reload', proved: false, codes: ['served-differs'] }],
    [
      'hot',
      {
        action: 'none',
        proved: false,
        notes: [expect.stringMatching(/^not proved: it serves another chain/)],
      },
    ],
  ])('another chain, and takes up files by %s', (effect, expected) => {
    expect(compare({ effect, fact: { certificates: [leaf] } })).toMatchObject(expected)
  })

  it.each([
    [
      'an expired certificate',
      { at: '2036-01-02' },
      /^not proved: it serves a certificate that expired 2036/,
    ],
    [
      'one that is not yet valid',
      { at: '2025-12-31' },
      /^not proved: it serves a certificate that is not valid before/,
    ],
    ['one for another name', { probe: { serverName: 'a.example' } }, /was asked as a\.example/],
  ])('%s has not proved anything, and owes nothing', (_what, given, note) => {
    expect(compare(given)).toEqual({
      ...fine,
      proved: false,
      unfit: [expect.any(String)],
      notes: [expect.stringMatching(note)],
    })
  })
})

describe('a probe that fails', () => {
  const probe = { kind: 'failed', detail: 'the connection was refused' } as const
  const message = 'its probe fails: the connection was refused'

  it.each(['active', 'unmanaged'] as const)('has an %s service asked again, and told nothing', (state) => {
    expect(compare({ service: { state, probe } })).toMatchObject({
      action: 'verify',
      proved: false,
      unfit: [],
      codes: ['probe-fails'],
      messages: [message],
    })
  })

  it('is nothing of a service that somebody stopped', () => {
    expect(compare({ service: { state: 'inactive', probe } })).toMatchObject({ action: 'none', proved: true })
  })

  it('goes without saying of one that has to be told anyway', () => {
    const service = { probe, startedMs: 1 }
    expect(compare({ service, modifiedMs: 2 })).toMatchObject({ codes: ['started-before-change'] })
  })
})

describe('a client certificate that is turned away', () => {
  const fact = { clientAccepted: false, detail: 'TLS alert unknown ca' }

  it('although it is in order has the service restarted', () => {
    expect(compare({ fact })).toMatchObject({ action: 'restart', proved: false, codes: ['client-rejected'] })
  })

  it.each(['issue', 'withheld'])('and has an %s of its own says nothing about the service', (key) => {
    expect(compare({ fact, client: { [key]: { reasons: [] } } })).toEqual(fine)
  })
})

it('a client that is not turned away does not prove that its authority has been read', () => {
  const given = { probe: { expect: 'client' }, service: { startedMs: 0 }, modifiedMs: 1 }
  expect(compare({ ...given, fact: { clientAccepted: true } })).toMatchObject({
    action: 'restart',
    codes: ['started-before-change'],
  })
})

it('a file of tomorrow leaves a restart owed', () => {
  const now = Date.parse('2027-01-01')
  const given = { probe: { expect: 'client' }, service: { startedMs: now } }
  expect(compare({ ...given, modifiedMs: now })).toEqual(fine)
  expect(compare({ ...given, modifiedMs: now + 1 })).toMatchObject({ codes: ['started-before-change'] })
})

describe('a telling that was begun and not proved', () => {
  const ms = Date.parse('2027-01-01T00:00:00Z')
  const begun = { action: 'restart', ms, path: '/stamps/web' } as const
  /** Its probe expects what it does not use: it proves nothing about that. */
  const other = { probe: { expect: 'client' } }
  const taken = 'told to restart 2027-01-01T00:00:00.000Z without a proof, which is taken now'

  it.each<[string, Given, object]>([
    ['is owed again', { ...other, service: { begun } }, { action: 'restart', codes: ['telling-unproved'] }],
    [
      'is owed again as the reload that it was',
      { ...other, service: { begun: { ...begun, action: 'reload' } } },
      { action: 'reload', codes: ['telling-unproved'] },
    ],
    [
      'is owed by a service that started in the second in which it was begun',
      { ...other, service: { begun, startedMs: ms + 1000 } },
      { action: 'restart', codes: ['telling-unproved'] },
    ],
    [
      'is settled by a proof where somebody restarted it since',
      { ...other, service: { begun, startedMs: ms + 1001 } },
      { action: 'verify', codes: [], notes: [taken] },
    ],
    [
      'is owed where files came after that',
      { ...other, service: { begun, startedMs: ms + 1001 }, modifiedMs: ms + 1002 },
      { action: 'restart', codes: ['started-before-change'] },
    ],
    [
      'is settled by a proof where it serves all that it reads',
      { service: { begun } },
      { action: 'verify', codes: [], notes: [taken] },
    ],
    [
      'is owed where it serves something else',
      {
        service: { begun },
        fact: {
          get certificates() {
            return [middle] as const
          },
        },
      },
      { action: 'restart', codes: ['served-differs'] },
    ],
  ])('%s', (_what, given, expected) => {
    expect(compare(given)).toMatchObject(expected)
  })

  it.each(['inactive', 'failed'] as const)(
    'and that left it %s is told by name, and starts nothing',
    (state) => {
      const fallen =
        'it has not been running since certwright told it to restart at 2027-01-01T00:00:00.000Z: start it, or, if it is meant to be off, remove /stamps/web'
      expect(compare({ service: { state, begun } })).toEqual({
        action: 'none',
        proved: false,
        codes: [],
        messages: [],
        notes: [fallen],
        unfit: [fallen],
      })
    },
  )

  it.each([
    ['inactive', true],
    ['failed', false],
  ] as const)('is not what a service is about that is %s by itself, which is proof: %s', (state, proved) => {
    expect(compare({ service: { state } })).toMatchObject({ action: 'none', proved, codes: [] })
  })
})
