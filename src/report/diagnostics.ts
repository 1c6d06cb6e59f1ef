// Diagnostics → text. Pure.
import type { Diagnostic } from '../model/diagnostic.ts'
import { escapeControls, paintWith, type ReportOptions } from './style.ts'

/** Compiler style: place, code, message; the line and a caret; what to do. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], options: ReportOptions): string {
  return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, options)).join('\n')
}

function formatDiagnostic(diagnostic: Diagnostic, options: ReportOptions): string {
  const { code, severity, message, source, excerpt, hint } = diagnostic
  const paint = paintWith(options)
  const place = source ? `${source.file}:${source.line}:${source.col} ` : ''
  const label = paint(severity === 'error' ? 'red' : 'yellow', severity)
  const lines = [`${place}${label} ${code}: ${escapeControls(message)}`]
  if (source && excerpt !== undefined && excerpt.trim() !== '') {
    const number = String(source.line)
    const gutter = ' '.repeat(number.length)
    const indent = ' '.repeat(escapeControls(excerpt.slice(0, source.col - 1)).length)
    lines.push(
      paint('dim', `  ${number} | ${escapeControls(excerpt)}`),
      `  ${gutter} | ${indent}${paint('red', '^')}`,
    )
  }
  if (hint !== undefined) lines.push(`  hint: ${escapeControls(hint)}`)
  return `${lines.join('\n')}\n`
}
