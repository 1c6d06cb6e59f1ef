import { line } from '../report/shown.ts'
import { exitCodes } from './exit-code.ts'
import { tell } from './output.ts'

/** How SIGINT and SIGTERM are taken. */
export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** While this runs, hosts are being changed: a first signal lets the task in hand finish, a second does not wait. */
  hold<T>(work: () => Promise<T>): Promise<T>
  /** The exit code of the signal that was taken, if one was. */
  exitCode(): number | undefined
}

/** `leave` ends the process at once. */
export function watchSignals(leave: (code: number) => void): Interruption {
  const stop = new AbortController()
  let taken: number | undefined
  let holding = false
  const take = (code: number) => () => {
    if (!holding || taken !== undefined) leave(code)
    taken = code
    stop.abort()
    tell(line`\nStopping: the task in hand is finished first. Once more, and it is not.`)
  }
  process.on('SIGINT', take(exitCodes.interrupted))
  process.on('SIGTERM', take(exitCodes.terminated))
  return {
    signal: stop.signal,
    hold: async (work) => {
      holding = true
      try {
        return await work()
      } finally {
        holding = false
      }
    },
    exitCode: () => taken,
  }
}
