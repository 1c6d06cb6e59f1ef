import { describe, expect, it } from 'vitest'
import type { DesiredProbe, DesiredService } from '../../src/model/desired.ts'
import type { FileWrite, PairDifference } from '../../src/model/difference.ts'
import { findTogether } from '../../src/plan/together.ts'

/** `red-1 <red`: a pair with its authority; a star: it changes on node-1, a plus: on node-2 only. */
function parse(text: string): PairDifference[] {
  return text.split(' ').map((word) => {
    const [, id = '', authority, mark] = /^([\w-]+)(?:<([\w-]+))?([*+]?)$/.exec(word) ?? []
    const on = (host: string, write: FileWrite) => ({
      placement: { host, address: `${host}/${id}` },
      files: [{ write: 'nothing' }, { write }],
    })
    const placements = [
      on('node-1', mark === '*' ? 'content' : 'nothing'),
      on('node-2', mark === '+' ? 'content' : 'nothing'),
    ]
    return { pair: { id, authority }, placements } as unknown as PairDifference
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
