import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { celFunctions } from '../src/load/cel.ts'
import { connectionVariables } from '../src/load/connection.ts'
import { reasonCodes } from '../src/model/change.ts'
import { run } from './support/certwright.ts'

it.each(reasonCodes)('docs/reasons.md explains %s', (code) => {
  expect(readFileSync('docs/reasons.md', 'utf8')).toContain(`\`${code}\``)
})

it('every link between the documents leads somewhere', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync('docs', { recursive: true }).map((name) => join('docs', String(name))),
  ]
  for (const page of pages.filter((name) => name.endsWith('.md')))
    for (const [, target = ''] of readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g))
      expect(() => readFileSync(join(page, '..', target)), `${page} → ${target}`).not.toThrow('ENOENT')
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
