import { describe, expect, it } from 'vitest'
import type { Actual } from '../../src/model/actual.ts'
import type { Difference, FileDifference, PairDifference } from '../../src/model/difference.ts'
import { describePlacement } from '../../src/plan/changes.ts'
import { makeInstallTasks } from '../../src/plan/install-tasks.ts'

const publicKey = { type: 'ECDSA', size: 256, spkiSha256: 'b'.repeat(64) }
const certificate = { pem: 'PEM\n', publicKey, fingerprint: 'f', subject: [], serial: '01' }
const stat = { mode: 0o600, owner: 'root', group: 'root' }
const certificateFact = { kind: 'certificate', certificates: [certificate], sha256: 'a'.repeat(64), stat }
const keyFact = { kind: 'private-key', publicKey, stat }

type Over = Partial<FileDifference>

/** An authority's certificate and key on one host. */
function makePair(first: Over, second: Over, over: Partial<PairDifference> = {}): PairDifference {
  const [crt, key] = ['/pki/ca.crt', '/pki/ca.key'].map((path) => ({ path, mode: 0o600 }))
  const base = { copy: 0, write: 'nothing', reasons: [] }
  const placement = {
    placement: { address: 'h/authority/ca', host: 'h', certificate: crt, privateKey: key, copies: [] },
    files: [
      { ...base, file: crt, what: 'certificate', fact: certificateFact, ...first },
      { ...base, file: key, what: 'private-key', fact: keyFact, ...second },
    ],
  }
  const pair = {
    id: 'authority/ca',
    name: 'ca',
    kind: 'authority',
    placements: [{}],
    key: {},
    includeChain: false,
  }
  const origin = { host: 'other', privateKeyPath: '/other/ca.key' }
  const whole = { pair, play: 0, current: certificate, placements: [placement], origin, notes: [], ...over }
  return whole as unknown as PairDifference
}

function planOne(pair: PairDifference) {
  const difference = { pairs: [pair] } as unknown as Difference
  const batches = [new Map([['h', 0]])] as never
  const [task] = makeInstallTasks({ hosts: {} } as Actual, difference, batches)
  return {
    files: task?.files.map(({ path, content, keepsTime }) => ({ path, content, keepsTime })),
    pairs: task?.pairs,
  }
}

describe('what is written on a host', () => {
  const pairs = [{ certificate: '/pki/ca.crt', privateKey: '/pki/ca.key' }]
  const removed = { from: 'removed' }

  it('is taken away where nothing is to be there, and is no pair then', () => {
    const { files, pairs: checked } = planOne(makePair({ write: 'removal' }, { write: 'removal' }))
    expect(files).toEqual([
      { path: '/pki/ca.crt', content: { what: 'certificate', ...removed } },
      { path: '/pki/ca.key', content: { what: 'private-key', ...removed } },
    ])
    expect(checked).toEqual([])
  })

  it('is no pair where half of it goes and the other is new', () => {
    expect(planOne(makePair({ write: 'content' }, { write: 'removal' })).pairs).toEqual([])
    expect(planOne(makePair({ write: 'content' }, {})).pairs).toEqual(pairs)
  })

  it('rests on what is there, as for every other file', () => {
    const difference = {
      pairs: [makePair({ write: 'removal' }, { write: 'removal' })],
    } as unknown as Difference
    const [task] = makeInstallTasks({ hosts: {} } as Actual, difference, [new Map([['h', 0]])] as never)
    expect(task?.files.map(({ expect: expected }) => expected)).toEqual([
      { kind: 'certificate', sha256: 'a'.repeat(64) },
      { kind: 'private-key', spkiSha256: 'b'.repeat(64) },
    ])
  })

  it('keeps its time where only the order is another', () => {
    expect(planOne(makePair({ write: 'content', isReordered: true }, {})).files).toMatchObject([
      { path: '/pki/ca.crt', content: { from: 'text', pem: 'PEM\n' }, keepsTime: true },
    ])
    expect(planOne(makePair({ write: 'content' }, {})).files?.[0]?.keepsTime).toBeUndefined()
  })

  it('is a key from where the difference says that it is, else from the pair’s origin', () => {
    const place = { what: 'private-key', from: 'place', spkiSha256: 'b'.repeat(64) }
    const source = '/pki/ca.next.key'
    expect(planOne(makePair({}, { write: 'content', source })).files?.[0]?.content).toEqual({
      ...place,
      host: 'h',
      path: source,
    })
    expect(planOne(makePair({}, { write: 'content' })).files?.[0]?.content).toEqual({
      ...place,
      host: 'other',
      path: '/other/ca.key',
    })
  })
})

describe('what goes away', () => {
  const tell = (pair: PairDifference) => {
    const [placement] = pair.placements
    if (!placement) throw new Error('there is none')
    const verdict = describePlacement(pair, placement)
    return verdict && 'change' in verdict ? verdict.change : undefined
  }

  it.each([
    ['all of it', {}],
    ['its key, where the certificate has gone before', { write: 'nothing', fact: { kind: 'absent' } }],
  ] as const)('is told with what was there, and nothing afterwards: %s', (_, first) => {
    const change = tell(makePair({ write: 'removal', ...first } as Over, { write: 'removal' }))
    expect(change).toMatchObject({ action: 'update', before: { key: publicKey }, after: null })
  })

  it('is told as what stays, where only the key goes', () => {
    const change = tell(makePair({}, { write: 'removal' }))
    expect(change).toMatchObject({ action: 'update', after: { fingerprint: 'f' }, paths: ['/pki/ca.key'] })
  })
})
