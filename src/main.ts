#!/usr/bin/env node
// argv in, exit code out. The only place where the process is told how to end.
import { exitCodes } from './cli/exit-code.ts'
import { runProgram } from './cli/program.ts'

const stop = new AbortController()
let signalCode: number | undefined

function stopOn(signal: NodeJS.Signals, code: number): void {
  process.on(signal, () => {
    // The first one lets the task in hand finish; the second does not wait.
    if (signalCode !== undefined) process.exit(code)
    signalCode = code
    stop.abort()
  })
}

stopOn('SIGINT', exitCodes.interrupted)
stopOn('SIGTERM', exitCodes.terminated)

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit(exitCodes.done)
  throw error
})

try {
  const code = await runProgram(process.argv.slice(2), stop.signal)
  process.exitCode = signalCode ?? code
} catch (error) {
  const detail = error instanceof Error ? error.message : String(error)
  process.stderr.write(
    `internal error: ${detail}\nThis is a bug in certwright. CERTWRIGHT_DEBUG=1 shows where.\n`,
  )
  if (process.env.CERTWRIGHT_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.exitCode = exitCodes.internalError
}
