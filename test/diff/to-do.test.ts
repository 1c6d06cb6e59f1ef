import { expect, it } from 'vitest'
import { compareService } from '../../src/diff/service.ts'
import type { HostActual, ProbeFact, ServiceFact } from '../../src/model/actual.ts'
import type { ServiceEffect } from '../../src/model/desired.ts'
import type { PairDifference } from '../../src/model/difference.ts'
import { pairDifference, placementDifference, serviceDifference } from '../support/difference.ts'

const served = { kind: 'served', certificates: [{}] } as unknown as ProbeFact
const told = ['leaf changes; nobody but you can tell it']

it.each<[string, ServiceFact, 'content' | 'nothing', ServiceEffect, string | undefined, readonly string[]]>([
  ['shows what it serves', { state: 'unmanaged', probe: served }, 'content', 'restart', 'leaf', told],
  ['reads it by itself', { state: 'unmanaged', probe: served }, 'content', 'hot', 'leaf', []],
  ['keeps its file', { state: 'unmanaged', probe: served }, 'nothing', 'restart', 'leaf', []],
  ['is not said to serve it', { state: 'unmanaged', probe: served }, 'content', 'restart', undefined, []],
  [
    'does not answer',
    { state: 'unmanaged', probe: { kind: 'failed', detail: '' } },
    'content',
    'restart',
    'leaf',
    [],
  ],
  ['has no probe', { state: 'unmanaged' }, 'content', 'restart', 'leaf', []],
  ['can be told', { state: 'active', probe: served }, 'content', 'restart', 'leaf', []],
])(
  'what nobody but a human can tell a service is known before, where it %s',
  (_how, fact, write, effect, expected, toDo) => {
    const { service } = serviceDifference('n', 'web', [])
    const placement = placementDifference('n', 'leaf', 'absent', { write })
    const pairs = new Map<string, PairDifference>([['leaf', pairDifference('leaf', [placement])]])
    const probe = { kind: 'tls', trust: [], ...(expected === undefined ? {} : { expect: expected }) }
    const desired = { ...service, uses: [{ pair: 'leaf', effect }], probe } as unknown as typeof service
    const host = { host: 'n', certificates: {}, services: { web: fact } } as unknown as HostActual
    const found = compareService(desired, { play: 0, host, pairs, at: new Date() })
    expect(found.toDo).toEqual(toDo)
  },
)
