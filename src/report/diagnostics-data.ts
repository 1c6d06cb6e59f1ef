// Diagnostics → what machines read: JSON, SARIF, GitHub's annotations. Pure.
import type { Diagnostic } from '../model/diagnostic.ts'
import { visible } from '../model/visible.ts'
import { report } from './shown.ts'

export function diagnosticsToJson(diagnostics: readonly Diagnostic[]): object {
  return {
    format_version: '1.0',
    diagnostics,
    summary: {
      errors: diagnostics.filter(({ severity }) => severity === 'error').length,
      warnings: diagnostics.filter(({ severity }) => severity === 'warning').length,
    },
  }
}

/** SARIF 2.1.0 (OASIS): what code scanning takes. */
export function diagnosticsToSarif(diagnostics: readonly Diagnostic[], version: string): object {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'certwright', version, rules: codes.map((id) => ({ id })) } },
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((diagnostic) => ({
          ruleId: diagnostic.code,
          ruleIndex: codes.indexOf(diagnostic.code),
          level: diagnostic.severity,
          // A viewer shows it as it stands, where a terminal would have been told not to.
          message: { text: withHint(diagnostic, visible) },
          ...(diagnostic.source ? { locations: [sarifLocation(diagnostic.source)] } : {}),
        })),
      },
    ],
  }
}

function sarifLocation({ file, line, col }: NonNullable<Diagnostic['source']>): object {
  // Half a character has no UTF-8, and encodeURIComponent throws.
  const uri = file
    .replace(/\p{Cs}/gu, '\uFFFD')
    .split('/')
    .map(encodeURIComponent)
    .join('/')
  return {
    physicalLocation: { artifactLocation: { uri }, region: { startLine: line, startColumn: col } },
  }
}

/** Workflow commands that GitHub shows beside the lines: `::error file=…,line=…,col=…,title=…::message`. */
export const diagnosticsToGithub = report((diagnostics: readonly Diagnostic[]) => {
  const lines = diagnostics.map((diagnostic) => {
    const { code, severity, source } = diagnostic
    const place = source ? `file=${escapeProperty(source.file)},line=${source.line},col=${source.col},` : ''
    return `::${severity} ${place}title=${escapeProperty(code)}::${escapeData(withHint(diagnostic))}`
  })
  return lines.join('\n')
})

function withHint({ message, hint }: Diagnostic, show = (text: string) => text): string {
  return hint === undefined ? show(message) : `${show(message)}\nhint: ${show(hint)}`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
