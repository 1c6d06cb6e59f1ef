import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { celFunctions } from '../src/load/cel.ts'
import { connectionVariables } from '../src/load/connection.ts'
import { reasonCodes } from '../src/model/change.ts'
import { mistakes } from './cases/load/mistakes.ts'
import { run } from './support/certwright.ts'
import { findCodes } from './support/codes.ts'

it.each(reasonCodes)('docs/reasons.md explains %s', (code) => {
  expect(readFileSync('docs/reasons.md', 'utf8')).toContain(`\`${code}\``)
})

const codes = findCodes('src/load', 'src/x509', 'src/diff', 'src/plan', 'src/cli')
/** Codes are explained in the first column of a table. */
const explained = ['docs/reasons.md', 'docs/diagnostics.md']
  .flatMap((page) => readFileSync(page, 'utf8').match(/^\|[^|]*`[^|]*\|/gm) ?? [])
  .flatMap((column) => [...column.matchAll(/`([^`]+)`/g)].map(([, code]) => code))

it('codes are found in all the ways in which the source says them', () => {
  expect(codes).toEqual(
    expect.arrayContaining([
      'src/load/yaml.ts unknown-tag',
      'src/load/yaml.ts duplicate-key',
      'src/load/pair-spec.ts san-missing',
      'src/load/cel.ts secret-in-expression',
      'src/x509/authority.ts key-weak',
      'src/x509/keys.ts passphrase-wrong',
      'src/diff/checks/key-mismatch.ts key-mismatch',
      'src/diff/checks/key-mismatch.ts authority-key-mismatch',
      'src/diff/rollback.ts unfit-generation',
      'src/cli/recorded.ts not-recorded',
    ]),
  )
})

it('docs/reasons.md and docs/diagnostics.md explain every code that the source can come out with', () => {
  expect(codes.filter((place) => !explained.includes(place.split(' ')[1]))).toEqual([])
})

it('and every code that a test of mistakes has seen', () => {
  const seen = mistakes.map(({ code }) => code)
  expect(seen).not.toEqual([])
  expect(seen.filter((code) => !explained.includes(code))).toEqual([])
})

it('every link between the documents leads somewhere', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync('docs', { recursive: true }).map((name) => join('docs', String(name))),
  ]
  const links = pages
    .filter((name) => name.endsWith('.md'))
    .flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) => [
        page,
        target,
      ]),
    )
  expect(links.length).toBeGreaterThan(pages.length)
  expect(links.filter(([page = '', target = '']) => !existsSync(join(page, '..', target)))).toEqual([])
})

it('the tables of fields say what the schemas say', async () => {
  expect(await run('node', ['scripts/reference.mjs', '--check'])).toMatchObject({ code: 0, stderr: '' })
})

it.each(connectionVariables)('docs/inventory.md explains %s', (name) => {
  expect(readFileSync('docs/inventory.md', 'utf8')).toContain(`\`${name}\``)
})

it.each(celFunctions.map(({ signature }) => signature))('docs/expressions.md explains %s', (signature) => {
  const name = /(\w+)\(/.exec(signature)?.[1]
  expect(readFileSync('docs/expressions.md', 'utf8')).toMatch(new RegExp(`\`[^\`]*\\b${name}\\(`))
})
