import { expect, it } from 'vitest'
import { findPoolContradiction, findPoolDemands, isPoolProved } from '../../src/diff/pool.ts'
import type { ServiceContext } from '../../src/diff/service-context.ts'
import type { ServiceFact } from '../../src/model/actual.ts'
import type { DesiredService } from '../../src/model/desired.ts'

const writtenMs = 1_000_000
const source = { file: 'policy.yml', line: 1, col: 1 }

/** Its file on node-1 holds these, each named by one letter. */
const authority = (id: string, names: string) => [
  id,
  {
    pair: { id, kind: 'authority' },
    placements: [
      {
        placement: { host: 'node-1' },
        files: [
          {
            what: 'certificate',
            copy: 0,
            fact: {
              kind: 'certificate',
              stat: { modifiedMs: writtenMs },
              certificates: [...names].map((name) => ({
                subjectDer: name,
                subject: [{ type: 'CN', value: name }],
              })),
            },
          },
        ],
      },
    ],
  },
]
const context = {
  pairs: new Map([authority('clients', 'a'), authority('peers', 'b'), authority('both', 'ab')] as never),
} as unknown as ServiceContext

const service = (...pairs: string[]) =>
  ({
    host: 'node-1',
    source,
    uses: pairs.map((pair) => ({ pair, effect: 'restart' })),
  }) as unknown as DesiredService

/** What it names at each address. */
const fact = (startedMs: number, ...named: string[]): ServiceFact => ({
  state: 'active',
  startedMs,
  trust: named.map((names) => ({ kind: 'named', names: [...names] })),
})
const [before, after] = [writtenMs - 5000, writtenMs + 5000]
const messages = (...args: Parameters<typeof findPoolDemands>) =>
  findPoolDemands(...args).map(({ reason }) => reason.message)

it('a service that names less than its file holds, and started before that was written, owes a restart', () => {
  expect(messages(service('both'), fact(before, 'a'), context)).toEqual([
    'does not trust CN=b, which its file holds',
  ])
})

it('one that started afterwards reads another file: it is told nothing, and is not proved', () => {
  const asked = [service('both'), fact(after, 'a'), context] as const
  expect(messages(...asked)).toEqual([])
  expect(findPoolContradiction(...asked)).toBe('does not trust CN=b, which its file holds')
  expect(isPoolProved('both', ...asked)).toBe(false)
})

it('of two authorities at two addresses, each address speaks for the one that it names', () => {
  const asked = [service('clients', 'peers'), fact(before, 'a', 'b'), context] as const
  expect(messages(...asked)).toEqual([])
  expect(isPoolProved('clients', ...asked) && isPoolProved('peers', ...asked)).toBe(true)
})

it('an authority that no address names is not trusted', () => {
  expect(messages(service('clients', 'peers'), fact(before, 'a', 'a'), context)).toEqual([
    'does not trust CN=b, which its file holds',
  ])
})

it('an order of its own is no difference, and somebody beyond the file is no business of ours', () => {
  expect(messages(service('both'), fact(before, 'cba'), context)).toEqual([])
})
