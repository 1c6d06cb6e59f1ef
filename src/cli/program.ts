import { Command, CommanderError } from 'commander'
import { exitCodes } from './exit-code.ts'
import type { Interruption } from './interruption.ts'
import { readVersion } from './package-root.ts'
import type { Wrap } from './program-action.ts'
import { addApply, addRecover, addRollback, addRotate } from './program-change.ts'
import {
  addFacts,
  addHistory,
  addInventory,
  addPlan,
  addSchema,
  addStatus,
  addValidate,
} from './program-look.ts'
import { usageOutput } from './usage.ts'

const exitCodesHelp = `
Exit codes:
  0 done, or nothing to do      1 internal error          2 changes present (--detailed-exitcode)
  3 invalid input               4 host unreachable        5 usage
  6 failed (rolled back)        7 a host needs a human    8 something moved since the plan was made
  9 another run holds the lock  10 alarms raised or undeliverable    130/143 stopped by a signal
`

/** Parses the arguments and runs a command; resolves to the exit code. */
export async function runProgram(argv: readonly string[], interruption: Interruption): Promise<number> {
  let code: number = exitCodes.done
  const wrap: Wrap = (action) => async (argument, options) => {
    code = await action(argument, options)
  }
  const program = createProgram(wrap, interruption)
  try {
    await program.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  }
}

function createProgram(wrap: Wrap, interruption: Interruption): Command {
  const program = new Command('certwright')
    .description('Keeps X.509 certificates on hosts the way a policy in YAML says they must be.')
    .version(readVersion())
    .exitOverride()
    .configureOutput(usageOutput)
    .showSuggestionAfterError()
    .addHelpText('after', exitCodesHelp)
  addValidate(program, wrap)
  addPlan(program, wrap)
  addApply(program, wrap, interruption)
  addRollback(program, wrap, interruption)
  addRotate(program, wrap, interruption)
  addRecover(program, wrap)
  addStatus(program, wrap)
  addFacts(program, wrap)
  addHistory(program, wrap)
  addInventory(program, wrap)
  addSchema(program, wrap)
  return program
}
