// A recording of facts, as a file → a JSON value that its schema lets through.
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import type { InputFile } from '../model/desired.ts'
import type { Diagnostic } from '../model/diagnostic.ts'
import { collectComplaints } from './complaints.ts'
import type { FileReader } from './files.ts'
import { parseJson } from './json.ts'
import { validateDocument } from './schema.ts'

/** Ten thousand hosts with a few certificates each. */
const maximumBytes = 256 * 1024 * 1024

export type ReadRecording =
  | { readonly kind: 'recording'; readonly value: object; readonly input: InputFile }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] }

export async function readRecording(file: string, cwd: string, files: FileReader): Promise<ReadRecording> {
  const complaints = collectComplaints()
  const path = resolve(cwd, file)
  const found = await files.read(path, maximumBytes)
  if (found.kind === 'error') {
    complaints.about(file, { code: 'unreadable-file', message: `${file} ${found.detail}` })
    return { kind: 'refused', diagnostics: complaints.list() }
  }
  const document = parseJson({ file, path }, found.bytes, complaints)
  if (!document || !(await validateDocument('facts', document, complaints)))
    return { kind: 'refused', diagnostics: complaints.list() }
  const sha256 = createHash('sha256').update(found.bytes).digest('hex')
  return { kind: 'recording', value: document.value as object, input: { file, sha256 } }
}
