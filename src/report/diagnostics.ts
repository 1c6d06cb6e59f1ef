// Diagnostics → text. Pure.
import type { Diagnostic } from '../model/diagnostic.ts'
import { report, type Shown } from './shown.ts'
import { paintWith, type ReportOptions } from './style.ts'

/** Compiler style: place, code, message; the line and a caret; what to do. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], options: ReportOptions): Shown {
  return formatPointed(diagnostics.map(pointInto), options)
}

/** The excerpt in two, where the caret goes: columns no longer count once the text has been made visible. */
interface Pointed extends Omit<Diagnostic, 'excerpt'> {
  readonly excerpt?: { readonly before: string; readonly after: string }
}

function pointInto({ excerpt = '', ...diagnostic }: Diagnostic): Pointed {
  const { source } = diagnostic
  if (!source || excerpt.trim() === '') return diagnostic
  const at = source.col - 1
  return { ...diagnostic, excerpt: { before: excerpt.slice(0, at), after: excerpt.slice(at) } }
}

const formatPointed = report((diagnostics: readonly Pointed[], options: ReportOptions) =>
  diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, options)).join('\n'),
)

function formatDiagnostic(diagnostic: Pointed, options: ReportOptions): string {
  const { code, severity, message, source, excerpt, hint } = diagnostic
  const paint = paintWith(options)
  const place = source ? `${source.file}:${source.line}:${source.col} ` : ''
  const label = paint(severity === 'error' ? 'red' : 'yellow', severity)
  const lines = [`${place}${label} ${code}: ${message}`]
  if (source && excerpt) {
    const number = String(source.line)
    const gutter = ' '.repeat(number.length)
    const indent = ' '.repeat(excerpt.before.length)
    lines.push(
      paint('dim', `  ${number} | ${excerpt.before}${excerpt.after}`),
      `  ${gutter} | ${indent}${paint('red', '^')}`,
    )
  }
  if (hint !== undefined) lines.push(`  hint: ${hint}`)
  return `${lines.join('\n')}\n`
}
