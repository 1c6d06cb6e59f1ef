// Commands that change hosts.
import { type Command, Option } from 'commander'
import { rotationPhases } from '../model/difference.ts'
import type { Interruption } from './interruption.ts'
import { addAllow, addLockTimeout, addRelease, addRunOptions } from './options.ts'
import { examples, type Given, type Wrap } from './program-action.ts'
import type { RotateOptions } from './rotate.ts'

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

export function addRotate(program: Command, wrap: Wrap, interruption: Interruption): void {
  const command = program
    .command('rotate')
    .description(
      'put another Root CA in place of one while everything runs, phase by phase; asks before each',
    )
  addAllow(addLockTimeout(addRunOptions(command)))
    .argument('<authority>', 'an authority of the playbook that is trusted by itself')
    .option('--plan', 'only show what is to come', false)
    .addOption(new Option('--until <phase>', 'stop after this phase').choices(rotationPhases))
    .addOption(
      new Option('--back', 'go back: the old one is wanted again; once turned, go on without it').default(
        false,
      ),
    )
    .addOption(
      new Option(
        '--no-overlap',
        'everything at once, with an outage of seconds (takes --allow authorities=1)',
      ).conflicts(['back', 'until']),
    )
    .addOption(
      new Option(
        '--destroy-old-key',
        'go on with what is on its way, and in the end destroy what hosts keep of the old key; begins nothing',
      )
        .default(false)
        .conflicts('until'),
    )
    .option('--auto-approve', 'do not ask', false)
    .option('--detailed-exitcode', 'exit with 2 while phases remain', false)
    .addHelpText(
      'after',
      examples(
        'rotate playbooks/etcd-cluster.yml etcd-ca -i inventory/my-hosts.yml --plan',
        'rotate playbooks/etcd-cluster.yml etcd-ca -i inventory/my-hosts.yml --until sign',
        'rotate playbooks/etcd-cluster.yml etcd-ca -i inventory/my-hosts.yml --back',
      ),
    )
    .action((playbook: string, authority: string, options: GivenToRotate) =>
      wrap(async () =>
        (await import('./rotate.ts')).rotate(playbook, authority, { ...options, interruption }),
      )('', options),
    )
}

type GivenToRotate = Given & Omit<RotateOptions, 'interruption'>
