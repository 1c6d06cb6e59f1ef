#!/usr/bin/env node
// argv in, exit code out. The only place where the process is told how to end.
import { exitCodes } from './cli/exit-code.ts'
import { watchSignals } from './cli/interruption.ts'
import { runProgram } from './cli/program.ts'

const interruption = watchSignals((code) => process.exit(code))

// A reader that has seen enough (`| head`) is no error.
process.stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit(exitCodes.done)
  throw error
})

try {
  const code = await runProgram(process.argv.slice(2), interruption)
  process.exitCode = interruption.exitCode() ?? code
} catch (error) {
  const detail = error instanceof Error ? error.message : String(error)
  process.stderr.write(
    `internal error: ${detail}\nThis is a bug in certwright. CERTWRIGHT_DEBUG=1 shows where.\n`,
  )
  if (process.env.CERTWRIGHT_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.exitCode = exitCodes.internalError
}
