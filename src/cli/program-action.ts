// How a command's action is wrapped, and what commander hands to it.
import type { RunOptions } from './options.ts'

/** What commander hands to an action: the argument, and the options that its command has. */
export type Given = RunOptions & {
  readonly detailedExitcode: boolean
  readonly autoApprove: boolean
  readonly check: boolean
  /** Milliseconds. */
  readonly lockTimeout: number
  /** Seconds. */
  readonly dueWithin?: number
}
export type Wrap = (
  action: (argument: string, options: Given) => Promise<number>,
) => (argument: string, options: Given) => Promise<void>

export function examples(...lines: readonly string[]): string {
  return `\nExample${lines.length > 1 ? 's' : ''}:\n${lines.map((line) => `  certwright ${line}`).join('\n')}\n`
}
