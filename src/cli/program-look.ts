// Commands that look and tell; none of them changes a host.
import { Argument, type Command } from 'commander'
import {
  addAllow,
  addFormat,
  addInventoryOptions,
  addPlayOptions,
  addRelease,
  addRunOptions,
  readCount,
  readDuration,
} from './options.ts'
import { examples, type Wrap } from './program-action.ts'

export function addValidate(program: Command, wrap: Wrap): void {
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

export function addPlan(program: Command, wrap: Wrap): void {
  const command = program
    .command('plan')
    .description('show what differs and what would be done; change nothing')
  addRelease(addAllow(addRunOptions(command)))
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

export function addStatus(program: Command, wrap: Wrap): void {
  addAllow(
    addRunOptions(
      program
        .command('status')
        .description(
          'show every certificate, the most urgent first: its state, when it expires and is due, whether it is served',
        ),
    ),
  )
    .option(
      '--due-within <time>',
      'only what is due within this time, e.g. 30d, and what is not in order',
      readDuration,
    )
    .addHelpText(
      'after',
      examples(
        'status playbooks/starlingx-etcd.yml -i inventory/sandbox.yml',
        'status playbooks/starlingx-etcd.yml -i inventory/sandbox.yml --due-within 30d',
      ),
    )
    .action(wrap(async (playbook, options) => (await import('./commands.ts')).status(playbook, options)))
}

export function addFacts(program: Command, wrap: Wrap): void {
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

export function addHistory(program: Command, wrap: Wrap): void {
  const command = program
    .command('history')
    .description('list the runs that changed something, from the audit log of this machine')
    .argument('[playbook]', 'list what its hosts keep to go back to, too')
    .option('-n, --number <number>', 'how many of the latest runs', readCount, 20)
    .option('--verify', 'check the log itself: is it what was written?', false)
  addFormat(addPlayOptions(command), ['text', 'json'])
    .addHelpText(
      'after',
      examples(
        'history -n 5',
        'history --verify',
        'history playbooks/starlingx-etcd.yml -i inventory/sandbox.yml',
      ),
    )
    .action((playbook: string | undefined, options) =>
      wrap(async () => (await import('./history.ts')).history(playbook, options))('', options),
    )
}

export function addInventory(program: Command, wrap: Wrap): void {
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

export function addSchema(program: Command, wrap: Wrap): void {
  program
    .command('schema')
    .description('print a JSON Schema: policy, playbook, inventory, facts or plan')
    .argument('[name]', 'which; without it, list them')
    .addHelpText('after', examples('schema policy > policy.schema.json'))
    .action(wrap(async (name) => (await import('./schema.ts')).schema(name)))
}
