// Commands that change hosts.
import type { Command } from 'commander'
import type { Interruption } from './interruption.ts'
import { addAllow, addLockTimeout, addRelease, addRunOptions } from './options.ts'
import { examples, type Given, type Wrap } from './program-action.ts'

export function addApply(program: Command, wrap: Wrap, interruption: Interruption): void {
  const command = program.command('apply').description('show the plan, ask, and carry it out')
  addRelease(addAllow(addLockTimeout(addRunOptions(command))))
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

export function addRollback(program: Command, wrap: Wrap, interruption: Interruption): void {
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

export function addRecover(program: Command, wrap: Wrap): void {
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
