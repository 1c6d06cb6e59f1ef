import type { Source } from './source.ts'

/** What the user wrote wrongly. Collected, never thrown: all problems are reported at once. */
export interface Diagnostic {
  /** Stable kebab-case code, e.g. `unknown-key`. Tests assert codes and places, not prose. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly source?: Source
  /** The offending line of the file, for the caret. Never a line that holds a secret. */
  readonly excerpt?: string
  /** What to do about it: "did you mean …". */
  readonly hint?: string
}
