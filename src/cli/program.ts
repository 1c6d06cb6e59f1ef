import { Argument, Command, CommanderError } from 'commander'
import { exitCodes } from './exit-code.ts'
import type { Interruption } from './interruption.ts'
import {
  addAllow,
  addFormat,
  addInventoryOptions,
  addLockTimeout,
  addRunOptions,
  type RunOptions,
  readCount,
} from './options.ts'
import { readVersion } from './package-root.ts'

const exitCodesHelp = `
Exit codes:
  0 done, or nothing to do      1 internal error          2 changes present (plan --detailed-exitcode)
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

/** What commander hands to an action: the argument, and the options that its command has. */
type Given = RunOptions & {
  readonly detailedExitcode: boolean
  readonly autoApprove: boolean
  readonly check: boolean
  /** Milliseconds. */
  readonly lockTimeout: number
}
type Wrap = (
  action: (argument: string, options: Given) => Promise<number>,
) => (argument: string, options: Given) => Promise<void>

function createProgram(wrap: Wrap, interruption: Interruption): Command {
  const program = new Command('certwright')
    .description('Keeps X.509 certificates on hosts the way a policy in YAML says they must be.')
    .version(readVersion())
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText('after', exitCodesHelp)
  addValidate(program, wrap)
  addPlan(program, wrap)
  addApply(program, wrap, interruption)
  addRollback(program, wrap, interruption)
  addRecover(program, wrap)
  addStatus(program, wrap)
  addFacts(program, wrap)
  addHistory(program, wrap)
  addInventory(program, wrap)
  addSchema(program, wrap)
  return program
}

function addValidate(program: Command, wrap: Wrap): void {
  addRunOptions(
    program
      .command('validate')
      .description('check a playbook, its policies and inventories; contact no host'),
    ['text', 'json', 'sarif', 'github'],
  )
    .addHelpText(
      'after',
      examples(
        'validate playbooks/starlingx-etcd.yml -i inventory/sandbox.yml',
        'validate playbooks/starlingx-etcd.yml -i inventory/sandbox.yml --format github',
      ),
    )
    .action(wrap(async (playbook, options) => (await import('./commands.ts')).validate(playbook, options)))
}

function addPlan(program: Command, wrap: Wrap): void {
  addAllow(
    addRunOptions(
      program.command('plan').description('show what differs and what would be done; change nothing'),
    ),
  )
    .option('--detailed-exitcode', 'exit with 2 when there are changes', false)
    .option('--facts <file>', 'plan from facts that were recorded; contact no host')
    .addHelpText(
      'after',
      examples(
        'plan playbooks/starlingx-etcd.yml -i inventory/sandbox.yml',
        'plan playbooks/starlingx-etcd.yml -i inventory/sandbox.yml --at 2036-11-12 --detailed-exitcode',
      ),
    )
    .action(wrap(async (playbook, options) => (await import('./commands.ts')).plan(playbook, options)))
}

function addApply(program: Command, wrap: Wrap, interruption: Interruption): void {
  const command = program.command('apply').description('show the plan, ask, and carry it out')
  addAllow(addLockTimeout(addRunOptions(command)))
    .option('--auto-approve', 'do not ask', false)
    .option('--check', 'only plan', false)
    .option('--detailed-exitcode', 'with --check: exit with 2 when there are changes', false)
    .addHelpText(
      'after',
      examples('apply playbooks/starlingx-etcd.yml -i inventory/sandbox.yml --auto-approve'),
    )
    .action(
      wrap(async (playbook, options) => {
        const commands = await import('./commands.ts')
        return options.check
          ? commands.plan(playbook, options)
          : commands.apply(playbook, { ...options, interruption })
      }),
    )
}

function addRollback(program: Command, wrap: Wrap, interruption: Interruption): void {
  const command = program
    .command('rollback')
    .description('show the way back to what the last installation on a host replaced, ask, and go it')
  addLockTimeout(addRunOptions(command))
    .argument('<host>', 'a host of the playbook')
    .argument('[generation]', 'one that the host keeps (default: the last)')
    .option('--auto-approve', 'do not ask', false)
    .addHelpText(
      'after',
      examples('rollback playbooks/starlingx-etcd.yml controller-0 -i inventory/sandbox.yml'),
    )
    .action((playbook: string, host: string, generation: string | undefined, options: Given) =>
      wrap(async () =>
        (await import('./rollback.ts')).rollback(playbook, host, generation, { ...options, interruption }),
      )('', options),
    )
}

function addRecover(program: Command, wrap: Wrap): void {
  addLockTimeout(
    addRunOptions(
      program
        .command('recover')
        .description('finish or undo what an earlier run left in the middle; apply does that by itself'),
    ),
  )
    .addHelpText('after', examples('recover playbooks/starlingx-etcd.yml -i inventory/sandbox.yml'))
    .action(wrap(async (playbook, options) => (await import('./recover.ts')).recover(playbook, options)))
}

function addStatus(program: Command, wrap: Wrap): void {
  addAllow(
    addRunOptions(
      program
        .command('status')
        .description('show every certificate: when it expires, its state, whether it is served'),
    ),
  )
    .addHelpText('after', examples('status playbooks/starlingx-etcd.yml -i inventory/sandbox.yml'))
    .action(wrap(async (playbook, options) => (await import('./commands.ts')).status(playbook, options)))
}

function addFacts(program: Command, wrap: Wrap): void {
  addRunOptions(
    program
      .command('facts')
      .description('print what is observed on the hosts, as JSON, for plan --facts; no secrets, no change'),
    ['json'],
  )
    .addHelpText(
      'after',
      examples(
        'facts playbooks/starlingx-etcd.yml -i inventory/sandbox.yml > facts.json',
        'plan playbooks/starlingx-etcd.yml -i inventory/sandbox.yml --facts facts.json',
      ),
    )
    .action(wrap(async (playbook, options) => (await import('./commands.ts')).facts(playbook, options)))
}

function addHistory(program: Command, wrap: Wrap): void {
  const command = program
    .command('history')
    .description('list the runs that changed something, from the audit log of this machine')
    .option('-n, --number <number>', 'how many of the latest', readCount, 20)
    .option('--verify', 'check the log itself: is it what was written?', false)
  addFormat(addInventoryOptions(command), ['text', 'json'])
    .addHelpText('after', examples('history -n 5', 'history --verify', 'history -i inventory/sandbox.yml'))
    .action((options) => wrap(async () => (await import('./history.ts')).history(options))('', options))
}

function addInventory(program: Command, wrap: Wrap): void {
  const command = program
    .command('inventory')
    .description(
      'show what the inventories come to; with --format json as ansible-inventory --list prints it',
    )
    .addArgument(new Argument('<view>', 'list, graph or host').choices(['list', 'graph', 'host']))
    .argument('[host]', 'with host: its name')
    .option('--playbook-dir <folder>', 'whose group_vars and host_vars count too', '.')
    .option('--explain <variable>', 'with host: a value, where it was set, and what it overrode')
  addFormat(addInventoryOptions(command), ['text', 'json'])
    .addHelpText(
      'after',
      examples(
        'inventory graph -i inventory/sandbox.yml',
        'inventory list -i inventory/sandbox.yml --format json',
        'inventory host controller-0 -i inventory/sandbox.yml --explain etcd_manager',
      ),
    )
    .action((view: 'list' | 'graph' | 'host', host: string | undefined, options) =>
      wrap(async () => (await import('./inventory.ts')).showInventory(view, host, options))('', options),
    )
}

function addSchema(program: Command, wrap: Wrap): void {
  program
    .command('schema')
    .description('print a JSON Schema: policy, playbook, inventory, facts or plan')
    .argument('[name]', 'which; without it, list them')
    .addHelpText('after', examples('schema policy > policy.schema.json'))
    .action(wrap(async (name) => (await import('./schema.ts')).schema(name)))
}

function examples(...lines: readonly string[]): string {
  return `\nExample${lines.length > 1 ? 's' : ''}:\n${lines.map((line) => `  certwright ${line}`).join('\n')}\n`
}
