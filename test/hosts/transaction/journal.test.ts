import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatGeneration,
  type GenerationEntry,
  parseGeneration,
} from '../../../src/hosts/transaction/journal.ts'

const hash = fc.stringMatching(/^[0-9a-f]{64}$/)
const path = fc.string({ minLength: 1, unit: 'grapheme' }).map((name) => `/${name}`)
const kept = fc.record({
  sha256: hash,
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.nat(4_294_967_294),
  gid: fc.nat(4_294_967_294),
  modified: fc.integer({ min: -2_000_000_000, max: 9_000_000_000 }).map((seconds) => `${seconds}.000000001`),
})
const absent = fc.constant({ kind: 'absent' as const })
const before = fc.oneof(
  absent,
  kept.map((file) => ({ kind: 'file' as const, ...file })),
  path.map((target) => ({ kind: 'link' as const, target })),
  fc.tuple(path, kept).map(([target, led]) => ({ kind: 'link' as const, target, led })),
)
const after = fc.oneof(
  absent,
  hash.map((sha256) => ({ kind: 'file' as const, sha256 })),
  path.map((target) => ({ kind: 'link' as const, target })),
)
const entry: fc.Arbitrary<GenerationEntry> = fc
  .record({
    action: fc.constantFrom('replace' as const, 'remove' as const, 'through' as const),
    location: path,
    before,
    after,
    staged: fc.option(path, { nil: undefined }),
  })
  .map(({ staged, ...rest }) => ({ ...rest, ...(staged === undefined ? {} : { staged }) }))
const entries = fc.array(entry, { maxLength: 6 })
const seed = 20_261_124

describe('a journal', () => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(entries, (all) => {
        expect(parseGeneration(formatGeneration(all))).toEqual(all)
      }),
      { seed },
    )
  })

  it('that is cut anywhere is none', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (all, at) => {
        const text = formatGeneration(all)
        expect(parseGeneration(text.slice(0, at % text.length))).toBeUndefined()
      }),
      { seed, numRuns: 500 },
    )
  })

  it('in which one character is another, one more or one less is none', () => {
    const mutate = (text: string, at: number, character: string, how: number) =>
      text.slice(0, at) + (how === 2 ? '' : character) + text.slice(how === 1 ? at : at + 1)
    fc.assert(
      fc.property(
        entries,
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 1 }),
        fc.nat(2),
        (all, at, with_, how) => {
          const text = formatGeneration(all)
          const mutated = mutate(text, at % text.length, with_, how)
          fc.pre(mutated !== text)
          expect(parseGeneration(mutated)).toBeUndefined()
        },
      ),
      { seed, numRuns: 1000 },
    )
  })

  it('with lines that are whole, and have changed places or are gone, is none', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 2, maxLength: 6 }), fc.nat(), (all, at) => {
        const lines = formatGeneration(all).split('\n')
        const gone = lines.toSpliced(1 + (at % all.length), 1).join('\n')
        expect(parseGeneration(gone)).toBeUndefined()
        const turned = [lines[0], ...lines.slice(1, -2).reverse(), ...lines.slice(-2)].join('\n')
        fc.pre(turned !== lines.join('\n'))
        expect(parseGeneration(turned)).toBeUndefined()
      }),
      { seed },
    )
  })

  it('is nothing but a journal', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseGeneration(text)).toBeUndefined()
      }),
      { seed },
    )
  })
})
