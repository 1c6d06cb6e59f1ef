import { styleText } from 'node:util'

export interface ReportOptions {
  readonly colour: boolean
  readonly verbose: boolean
}

/** Paints with ANSI escapes, or does not. */
export type Paint = (style: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', text: string) => string

export function paintWith({ colour }: Pick<ReportOptions, 'colour'>): Paint {
  return (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text)
}

/** `4f:1c:…:a9` */
export function shortSerial(serial: string | null): string {
  if (serial === null) return 'new'
  const bytes = serial.match(/../g) ?? [serial]
  return bytes.length <= 4 ? bytes.join(':') : `${bytes[0]}:${bytes[1]}:…:${bytes.at(-1)}`
}

export function shortFingerprint(sha256: string): string {
  return `sha256:${sha256.slice(0, 8)}…`
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}

/** One line a row, with columns as wide as they must be. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0),
  )
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
