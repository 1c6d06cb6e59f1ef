#!/usr/bin/env node
// argv in, exit code out. The only place where the process is told how to end.
import { tellBug } from './cli/bug.ts'
import { exitCodes } from './cli/exit-code.ts'
import { watchSignals } from './cli/interruption.ts'
import { runProgram } from './cli/program.ts'
import { watchOutput } from './cli/watch-output.ts'

const interruption = watchSignals((code) => process.exit(code))

const output = watchOutput()

try {
  const code = await runProgram(process.argv.slice(2), interruption)
  process.exitCode = interruption.exitCode() ?? (await output.exitCode(code))
} catch (error) {
  tellBug(error)
  process.exitCode = exitCodes.internalError
}
