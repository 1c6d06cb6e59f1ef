// The only file that writes to the terminal; a test looks. What it takes has been made visible, by its type.
import type { Diagnostic } from '../model/diagnostic.ts'
import { formatDiagnostics } from '../report/diagnostics.ts'
import { diagnosticsToJson } from '../report/diagnostics-data.ts'
import { report, type Shown, shownJson } from '../report/shown.ts'
import type { ReportOptions } from '../report/style.ts'

/** What the command line says of how it is told. */
interface Wishes {
  readonly color: boolean
  readonly verbose: boolean
  readonly format: string
}

/** Data goes to standard output, and nothing else does. */
export function printData(text: Shown): void {
  process.stdout.write(endLine(text))
}

export function printJson(value: object): void {
  printData(shownJson(value))
}

/** Everything that is no data goes to standard error. */
export function tell(message: Shown): void {
  process.stderr.write(endLine(message))
}

/** Without the end of the line: the answer comes behind it. */
export function ask(question: Shown): void {
  process.stderr.write(question)
}

/** A text of our own, of several lines. */
export const asLines = report((...lines: readonly string[]) => lines.join('\n'))

function endLine(text: Shown): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

export function reportOptions(
  { color, verbose }: Omit<Wishes, 'format'>,
  stream: NodeJS.WriteStream = process.stdout,
): ReportOptions {
  return { colour: color && stream.isTTY === true && (process.env.NO_COLOR ?? '') === '', verbose }
}

/** Complaints go to standard error; as JSON they are the data when there is nothing else. */
export function reportDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: Wishes,
  isResult: boolean,
): void {
  if (options.format === 'json' && isResult) printJson(diagnosticsToJson(diagnostics))
  else if (diagnostics.length > 0)
    tell(formatDiagnostics(diagnostics, reportOptions(options, process.stderr)))
}
