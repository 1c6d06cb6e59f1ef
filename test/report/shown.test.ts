import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatJson, visible } from '../../src/model/visible.ts'
import { line, report, shownJson } from '../../src/report/shown.ts'
import { paintWith } from '../../src/report/style.ts'
import { hostile, steering } from '../support/hostile.ts'

const anything = fc.string({ unit: 'binary' })
const half = fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code))
const text = fc.array(fc.oneof(anything, half, fc.constantFrom(...hostile))).map((parts) => parts.join(''))

describe('text that is made visible', () => {
  it.each([
    ['an escape sequence', '\u001b[2Jgone\r\u0007', '\\x1b[2Jgone\\x0d\\x07'],
    ['a newline and a tab', 'a\nb\tc', 'a\\nb\\tc'],
    ['DEL and C1', '\u007f\u009b1m', '\\x7f\\x9b1m'],
    ['separators of lines', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
    ['overrides and isolates', '\u202e\u2066\u2069\u200f\u061c', '\\u202e\\u2066\\u2069\\u200f\\u061c'],
    ['half a character', 'a\ud800b\udc00', 'a\\ud800b\\udc00'],
    ['other scripts and whole characters', 'Ünïcödé 中文 😀', 'Ünïcödé 中文 😀'],
  ])('shows %s', (_what, given, shown) => {
    expect(visible(given)).toBe(shown)
  })

  it('holds nothing that steers, and stays as it is a second time', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(visible(given)).not.toMatch(steering)
        expect(visible(visible(given))).toBe(visible(given))
      }),
    )
  })
})

describe('a report', () => {
  const list = report((given: { names: readonly string[]; by: ReadonlyMap<string, string> }) =>
    [...given.names, ...given.by.keys(), ...given.by.values()].map((each) => `- ${each}`).join('\n'),
  )

  it('has the lines that its formatter writes, whatever is in the data', () => {
    fc.assert(
      fc.property(text, (given) => {
        const shown = list({ names: [given], by: new Map([[given, given]]) })
        expect(shown.split('\n')).toHaveLength(3)
        expect(shown.replaceAll('\n', '')).not.toMatch(steering)
      }),
    )
  })

  it('keeps the colours of its own, and shows those of the data', () => {
    const painted = report((name: string) => paintWith({ colour: true })('red', name))
    expect(painted('\u001b[32mok')).toBe('\u001b[31m\\x1b[32mok\u001b[39m')
  })

  it('shows what its formatter made of something that is no plain data', () => {
    const odd = report((when: { toString(): string }) => `${when}`)
    expect(odd(new Error('\u001b[2J\u202e'))).toBe('Error: \\x1b[2J\\u202e')
  })
})

describe('a message', () => {
  it('shows what is interpolated, and leaves what is written', () => {
    expect(line`error: ${'a\nb'} has ${2}\nhint`).toBe('error: a\\nb has 2\nhint')
    fc.assert(fc.property(text, (given) => !steering.test(line`<${given}>`)))
  })
})

describe('JSON', () => {
  it('has the value that it had, and nothing that steers', () => {
    fc.assert(
      fc.property(fc.dictionary(text, fc.array(text)), (value) => {
        const shown = shownJson(value)
        expect(shown.replaceAll('\n', '')).not.toMatch(steering)
        expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(value)))
        expect(formatJson(value)).not.toMatch(steering)
      }),
    )
  })
})
