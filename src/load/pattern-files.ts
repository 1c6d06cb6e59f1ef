// `@file` among host patterns: a pattern a line, as Ansible's retry files are.
import { dirname, resolve } from 'node:path'
import type { Complaints } from './complaints.ts'
import type { FileReader } from './files.ts'
import type { WrittenPattern } from './patterns.ts'

/** The pattern with every `@file` replaced by what the file holds; paths are relative to the document. Undefined after a complaint. */
export async function readPatternFiles(
  written: WrittenPattern,
  files: FileReader,
  complaints: Complaints,
): Promise<WrittenPattern | undefined> {
  const { document, pointer } = written
  const pattern: unknown[] = []
  for (const each of [written.pattern].flat()) {
    const terms = String(each).includes('@') ? String(each).split(',') : [each]
    for (const term of terms.map((text) => String(text).trim())) {
      if (!term.startsWith('@')) {
        pattern.push(term)
        continue
      }
      const found = await files.read(resolve(dirname(document.path), term.slice(1)))
      if (found.kind === 'error') {
        const message = `${term.slice(1)} ${found.detail}`
        complaints.at(document, pointer, { code: 'unreadable-file', message })
        return undefined
      }
      pattern.push(...linesOf(found.bytes))
    }
  }
  return { ...written, pattern }
}

function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}
