import { line } from '../report/shown.ts'
import { exitCodes } from './exit-code.ts'
import { tell } from './output.ts'

/**
 * What becomes of a run whose output is no longer taken: it goes on, because hosts may be in the middle of a change. A
 * reader that has seen enough (`| head`) is no error; a disk without room for a report is one, and is told at the end.
 */
export function watchOutput(): { readonly exitCode: (code: number) => Promise<number> } {
  let fault: string | undefined
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') fault ??= error.code ?? error.message
  })
  process.stderr.on('error', () => undefined)
  return {
    exitCode: async (code) => {
      // Behind everything that was written: a fault is told in its turn.
      await new Promise((written) => process.stdout.write('', written))
      if (fault === undefined) return code
      tell(line`error: standard output cannot be written (${fault}): what was printed is not whole`)
      return code === exitCodes.done || code === exitCodes.changesPresent ? exitCodes.needsHuman : code
    },
  }
}
