import type { Diagnostic } from '../model/diagnostic.ts'
import { excerptAt, sourceAt, sourceOfOffset, type Text, type YamlDocument } from './document.ts'

export interface Complaint {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly severity?: Diagnostic['severity']
}

/** No one reads more. */
const maximum = 500

/** Collects what is wrong; nothing is thrown, everything is told. */
export interface Complaints {
  /** About the value (or key) that a JSON pointer names. */
  at(document: YamlDocument, pointer: string, complaint: Complaint, what?: 'key' | 'value'): void
  /** About an offset into a text. */
  offset(document: Text, offset: number, complaint: Complaint): void
  /** About a file as a whole, or about the command line. */
  about(file: string | undefined, complaint: Complaint): void
  readonly hasErrors: boolean
  /** Sorted by place, each once. */
  list(): Diagnostic[]
}

export function collectComplaints(): Complaints {
  const found = new Map<string, Diagnostic>()
  let failed = false
  let more = 0
  const add = (
    { severity = 'error', ...complaint }: Complaint,
    where: Pick<Diagnostic, 'source' | 'excerpt'>,
  ) => {
    const { source } = where
    // One mistake is told once, however many hosts it shows on.
    const key = source
      ? `${source.file}:${source.line}:${source.col} ${complaint.code}`
      : `${complaint.code} ${complaint.message}`
    if (severity === 'error') failed = true
    if (found.has(key)) return
    if (found.size < maximum) found.set(key, { ...complaint, severity, ...where })
    else more += 1
  }
  const offset: Complaints['offset'] = (document, at, complaint) => {
    const source = sourceOfOffset(document, at)
    add(complaint, { source, excerpt: excerptAt(document, source) })
  }
  return {
    offset,
    at: (document, pointer, complaint, what) => {
      const source = sourceAt(document, pointer, what)
      add(complaint, { source, excerpt: excerptAt(document, source) })
    },
    about: (file, complaint) =>
      add(complaint, file === undefined ? {} : { source: { file, line: 1, col: 1 } }),
    get hasErrors() {
      return failed
    },
    list: () => [...[...found.values()].sort(compareDiagnostics), ...tellMore(more)],
  }
}

function tellMore(more: number): Diagnostic[] {
  const message = `and ${more} more, which are not shown`
  return more === 0 ? [] : [{ code: 'too-many', severity: 'error', message }]
}

function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  const file = (a.source?.file ?? '').localeCompare(b.source?.file ?? '')
  return (
    file ||
    (a.source?.line ?? 0) - (b.source?.line ?? 0) ||
    (a.source?.col ?? 0) - (b.source?.col ?? 0) ||
    a.code.localeCompare(b.code)
  )
}
