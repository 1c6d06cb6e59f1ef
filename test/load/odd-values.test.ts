import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isMap, isSeq, type Node, parseDocument } from 'yaml'
import { base } from '../cases/load/base.ts'
import { loadFiles } from '../support/load.ts'

type Keys = readonly (string | number)[]

/** Every place of a document where something could stand that nobody thought of. */
function placesOf(node: Node | null, keys: Keys = []): Keys[] {
  const own = keys.length === 0 ? [] : [keys]
  if (isMap(node))
    return [
      ...own,
      ...node.items.flatMap(({ key, value }) => placesOf(value as Node, [...keys, String(key)])),
    ]
  if (isSeq(node)) return [...own, ...node.items.flatMap((item, at) => placesOf(item as Node, [...keys, at]))]
  return own
}

const odd = [
  null,
  true,
  0,
  -1,
  1.5,
  '',
  ' ',
  '/',
  'x'.repeat(5000),
  '{{',
  '{{ [1, {"a": 2}] }}',
  '{{ {"a": 1} }}',
  '{{ hostvars }}',
  '{{ null }}',
  '{{ days(1) }}',
  'x{{ days(1) }}',
  '{{ b"x" }}',
  '{{ timestamp("2020-01-01T00:00:00Z") }}',
  '{{ type(1) }}',
  '{{ optional.none() }}',
  '{{ 9223372036854775807 }}',
  '{{ 1u }}',
  '{{ 1.0 / 0.0 }}',
  '\u0000',
  '\ud800',
  '\u202e\u001b[2J\n',
  '__proto__',
  'constructor',
  [],
  [[]],
  [null],
  [{ a: [1] }],
  {},
  { a: { b: [null] } },
  { constructor: 1, toString: null },
] as const

const files = Object.keys(base) as (keyof typeof base)[]
const changes = files.flatMap((file) =>
  placesOf(parseDocument(base[file]).contents).flatMap((keys) => odd.map((value) => ({ file, keys, value }))),
)

describe('whatever stands anywhere in a file', () => {
  it('it is loaded, or told as a mistake: it is never an exception', async () => {
    const judge = async ({ file, keys, value }: (typeof changes)[number]) => {
      const document = parseDocument(base[file])
      document.setIn(keys, value)
      const { desired, diagnostics } = await loadFiles({ [file]: JSON.stringify(document.toJS()) })
      expect(desired !== undefined || diagnostics.some(({ severity }) => severity === 'error')).toBe(true)
    }
    await fc.assert(fc.asyncProperty(fc.constantFrom(...changes), judge), { numRuns: 150 })
  }, 120_000)
})
