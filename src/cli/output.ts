import type { Diagnostic } from '../model/diagnostic.ts'
import { formatDiagnostics } from '../report/diagnostics.ts'
import { diagnosticsToJson } from '../report/diagnostics-data.ts'
import type { ReportOptions } from '../report/style.ts'
import type { RunOptions } from './options.ts'

/** Data goes to standard output, and nothing else does. */
export function printData(text: string): void {
  if (text === '') return
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

export function printJson(value: object): void {
  printData(JSON.stringify(value, null, 2))
}

export function reportOptions(
  { color, verbose }: Pick<RunOptions, 'color' | 'verbose'>,
  stream: NodeJS.WriteStream = process.stdout,
): ReportOptions {
  return { colour: color && stream.isTTY === true && (process.env.NO_COLOR ?? '') === '', verbose }
}

/** Complaints go to standard error; as JSON they are the data when there is nothing else. */
export function reportDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: Pick<RunOptions, 'color' | 'verbose' | 'format'>,
  isResult: boolean,
): void {
  if (options.format === 'json' && isResult) printJson(diagnosticsToJson(diagnostics))
  else if (diagnostics.length > 0)
    process.stderr.write(`${formatDiagnostics(diagnostics, reportOptions(options, process.stderr))}`)
}
