import { expect, it } from 'vitest'
import { suggest, suggestOrList } from '../../src/load/suggest.ts'

it.each([
  ['onwer', ['owner', 'group'], 'did you mean "owner"?'],
  ['common_nmae', ['common_name', 'country'], 'did you mean "common_name"?'],
  ['Mode', ['mode'], 'did you mean "mode"?'],
  ['d', ['a', 'b'], undefined],
  ['nothing_like_it', ['mode'], undefined],
  ['x', [], undefined],
])('%s among %j: %s', (mistyped, known, hint) => {
  expect(suggest(mistyped, known)).toBe(hint)
})

it('what is near to nothing is answered with a list', () => {
  expect(suggestOrList('d', ['a', 'b'])).toBe('there is a, b')
  expect(suggestOrList('d', [])).toBe('there is none')
})
