import { describe, expect, it } from 'vitest'
import type { DesiredProbe, DesiredService } from '../../src/model/desired.ts'
import type { FileWrite, PairDifference } from '../../src/model/difference.ts'
import { findInseparable, findTogether } from '../../src/plan/together.ts'

/** `red-1<red`: a pair with its authority; a star: it changes on node-1, an exclamation mark: and is not there yet, a plus: on node-2 only. */
function parse(text: string): PairDifference[] {
  return text.split(' ').map((word) => {
    const [, id = '', authority, mark] = /^([\w-]+)(?:<(\w+))?([*+!]?)$/.exec(word) ?? []
    const fact = { kind: mark === '!' ? 'absent' : 'certificate' }
    const on = (host: string, write: FileWrite) => ({
      placement: { host, address: `${host}/${id}` },
      files: [
        { what: 'private-key', copy: 0, write: 'nothing', fact },
        { what: 'certificate', copy: 0, write, fact },
      ],
    })
    const placements = [
      on('node-1', mark === '*' || mark === '!' ? 'content' : 'nothing'),
      on('node-2', mark === '+' ? 'content' : 'nothing'),
    ]
    const kind = text.includes(`<${id}`) ? 'authority' : 'certificate'
    return { pair: { id, authority, kind }, placements } as unknown as PairDifference
  })
}

const service = (uses: string, probe?: Partial<DesiredProbe>) =>
  ({
    host: 'node-1',
    uses: uses
      .split(' ')
      .filter(Boolean)
      .map((pair) => ({ pair, effect: 'restart' })),
    probe,
  }) as unknown as DesiredService

describe('with a service that fails goes back', () => {
  const all =
    'red* red-1<red* red-2<red* blue* blue-1<blue* low<blue* low-1<low* calm calm-1<calm* calm-2<calm*'
  it.each([
    ['what it uses', 'calm-1', undefined, ['calm-1']],
    ['nothing of a pair that does not change', 'calm', undefined, []],
    ['a leaf with its authority and its sisters', 'red-1', undefined, ['red-1', 'red', 'red-2']],
    ['an authority with all below it', 'low-1', undefined, ['low-1', 'low', 'blue', 'blue-1']],
    [
      'what it has to serve, and what its probe shows it',
      '',
      { kind: 'tls', expect: 'calm-1', present: 'calm-2' },
      ['calm-2', 'calm-1'],
    ],
    [
      'the authority that its answers are verified by',
      '',
      { kind: 'http', authority: 'red' },
      ['red', 'red-1', 'red-2'],
    ],
    ['nothing, where it uses nothing', '', { kind: 'command' }, []],
  ] as [string, string, Partial<DesiredProbe> | undefined, string[]][])('%s', (_what, uses, probe, back) => {
    expect(findTogether(service(uses, probe), parse(all))).toEqual(back.map((id) => `node-1/${id}`))
  })

  it('nothing that changes on another host', () => {
    expect(findTogether(service('red-1'), parse('red+ red-1<red* red-2<red+'))).toEqual(['node-1/red-1'])
  })
})

describe('in one go, or not at all, go in', () => {
  it.each<[string, string, string[][]]>([
    [
      'an authority and what it signs, as far as it changes',
      'red* red-1<red* red-2<red calm-1<calm*',
      [['red', 'red-1']],
    ],
    ['all below it', 'red* low<red* low-1<low* red-1<red*', [['red', 'low', 'red-1', 'low-1']]],
    ['no leaves of an authority that stays', 'red red-1<red* red-2<red*', []],
    ['no authority that changes alone', 'red* red-1<red', []],
    ['nothing of an authority that is not there yet', 'red! red-1<red! red-2<red*', []],
  ])('%s', (_what, text, groups) => {
    expect(findInseparable('node-1', parse(text)).map(({ addresses }) => addresses)).toEqual(
      groups.map((ids) => ids.map((id) => `node-1/${id}`)),
    )
  })

  it('also what is new, which keeps nothing waiting', () => {
    expect(findInseparable('node-1', parse('red* red-1<red! red-2<red*'))).toEqual([
      { addresses: ['node-1/red', 'node-1/red-1', 'node-1/red-2'], there: ['node-1/red', 'node-1/red-2'] },
    ])
  })
})
