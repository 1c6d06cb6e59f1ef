// Everything that can be thrown while a host is asked or told something, as what the rest of the run can live with.
import { HostError } from './host.ts'

/** A bug, met while one host was worked on: told as one, and the other hosts' work goes on. */
export class UnexpectedError extends HostError {
  constructor(cause: unknown) {
    super(`unexpected: ${describe(cause)}; this is a bug in certwright, or a host that plays tricks on it`)
    this.name = 'UnexpectedError'
    this.cause = cause
  }
}

/** What a system refuses (ENOSPC and the like) is no bug, wherever it was not foreseen. */
export function asHostError(error: unknown): HostError {
  if (error instanceof HostError) return error
  return isRefused(error) ? new HostError(oneLine(error.message)) : new UnexpectedError(error)
}

function isRefused(error: unknown): error is Error {
  return error instanceof Error && 'errno' in error && 'syscall' in error
}

function describe(cause: unknown): string {
  return oneLine(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause))
}

const maximumLength = 300

/** What somebody else said, as it may stand in a message, an alarm or a log: one line, bounded, nothing invisible. */
export function oneLine(text: string): string {
  const start = text.slice(0, maximumLength)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come through
  const shown = start.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ')
  return text.length > maximumLength ? `${shown}…` : shown
}
