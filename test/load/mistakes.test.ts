import { describe, expect, it } from 'vitest'
import { base } from '../cases/load/base.ts'
import { type Mistake, mistakes } from '../cases/load/mistakes.ts'
import { loadFiles } from '../support/load.ts'

/** `file:line:col` of where a text starts. */
function placeOf({ file, at }: Mistake, text: string): string {
  const [, other, marked] = /^([a-z]+\.yml):(.*)$/.exec(at) ?? []
  if (other !== undefined && marked === '') return `${other}:1:1`
  const searched = other === undefined ? text : base[other as keyof typeof base]
  const offset = searched.indexOf(marked ?? at)
  if (offset < 0) throw new Error(`"${at}" does not stand in the text`)
  const before = searched.slice(0, offset)
  return `${other ?? file}:${before.split('\n').length}:${offset - before.lastIndexOf('\n')}`
}

describe('a mistake is told with its code, at its place', () => {
  it.each(mistakes)('$name: $code', async (mistake) => {
    const { file, find, write, code } = mistake
    expect(base[file]).toContain(find)
    const text = base[file].replace(find, () => write)
    const { desired, diagnostics } = await loadFiles({ [file]: text })
    const told = diagnostics.map(
      ({ code: each, source }) => `${each} ${source?.file}:${source?.line}:${source?.col}`,
    )
    expect(told).toContain(`${code} ${placeOf(mistake, text)}`)
    expect(desired).toBeUndefined()
    for (const { message } of diagnostics) expect(message).not.toMatch(/undefined|\[object|Error:/)
  })

  it('and nothing is told of files without one', async () => {
    const { desired, diagnostics } = await loadFiles({})
    expect(diagnostics).toEqual([])
    expect(desired?.plays).toHaveLength(1)
  })

  it('and two plays that meet on a host may not call two things alike', async () => {
    const again = base['policy.yml'].replaceAll('/pki/', '/other/')
    const play = base['play.yml'].replaceAll('policy.yml', 'again.yml')
    const files = { 'play.yml': `${base['play.yml'].trimEnd()}\n${play}`, 'again.yml': again }
    const { desired, diagnostics } = await loadFiles(files)
    expect(desired).toBeUndefined()
    expect(diagnostics.map(({ code, source }) => `${code} ${source?.file}`)).toEqual([
      'name-claimed-twice again.yml',
      'name-claimed-twice again.yml',
      'name-claimed-twice again.yml',
    ])
  })

  it('and several mistakes are told at once, in the order of their places', async () => {
    const text = base['policy.yml']
      .replace('held_by: first', 'held_by: last')
      .replace('country: DE', 'contry: DE')
      .replace('server: hot', 'server: warm')
    const { diagnostics } = await loadFiles({ 'policy.yml': text })
    expect(diagnostics.map(({ code }) => code)).toEqual(['invalid-value', 'unknown-key', 'invalid-value'])
    const lines = diagnostics.map(({ source }) => source?.line ?? 0)
    expect(lines).toEqual([...lines].sort((a, b) => a - b))
  })

  it.each([
    ['an empty file', '', 'empty-document'],
    ['a comment alone', '# nothing\n', 'empty-document'],
    ['a scalar', 'hello\n', 'wrong-type'],
    ['a file above 1 MiB', 'x'.repeat(1024 * 1024 + 1), 'file-too-large'],
    ['deep flow nesting', '['.repeat(10_000), 'too-deep'],
    [
      'deep block nesting',
      Array.from({ length: 700 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      'too-deep',
    ],
    ['two deeply nested documents', `${'- '.repeat(5000)}x\n---\n${'- '.repeat(5000)}x\n`, 'too-deep'],
    ['an alias bomb', bomb(), 'too-large'],
    ['bytes that are not UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe]), 'not-utf-8'],
    ['a binary file', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 1]), 'binary-file'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n', 'private-key'],
    ['a byte-order mark', '\uFEFFdescription: x\n', 'byte-order-mark'],
  ])('and %s ends in a diagnostic', async (_name, content, code) => {
    const { desired, diagnostics } = await loadFiles({ 'policy.yml': content })
    expect(diagnostics.map((each) => each.code)).toContain(code)
    expect(JSON.stringify(diagnostics)).not.toContain('secret')
    expect(desired).toBeUndefined()
  })
})

/** Nine levels of nine aliases each: a billion values. */
function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const items = Array.from({ length: 9 }, () => (level === 0 ? 'x' : `*l${level - 1}`)).join(', ')
    return `l${level}: &l${level} [${items}]`
  })
  return `${levels.join('\n')}\n`
}
