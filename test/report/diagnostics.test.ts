import { expect, it } from 'vitest'
import { formatDiagnostics } from '../../src/report/diagnostics.ts'

it('a diagnostic shows its place, its line with a caret, and what to do', () => {
  const text = formatDiagnostics(
    [
      {
        code: 'unknown-key',
        severity: 'error',
        message: 'there is no "onwer" here',
        source: { file: 'p.yml', line: 12, col: 5 },
        excerpt: '    onwer: root',
        hint: 'did you mean "owner"?',
      },
      { code: 'no-inventory', severity: 'warning', message: 'no inventory was given' },
    ],
    { colour: false, verbose: false },
  )
  expect(text).toBe(`p.yml:12:5 error unknown-key: there is no "onwer" here
  12 |     onwer: root
     |     ^
  hint: did you mean "owner"?

warning no-inventory: no inventory was given
`)
})
