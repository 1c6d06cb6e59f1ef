import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { reasonCodes } from '../src/model/change.ts'

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
