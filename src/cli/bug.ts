import { line } from '../report/shown.ts'
import { asLines, tell } from './output.ts'

/** What is said of an exception that nobody expected. */
export function tellBug(error: unknown): void {
  tell(line`internal error: ${error instanceof Error ? error.message : String(error)}`)
  tell(line`This is a bug in certwright. CERTWRIGHT_DEBUG=1 shows where.`)
  if (process.env.CERTWRIGHT_DEBUG && error instanceof Error)
    tell(asLines(...(error.stack ?? '').split('\n')))
}
