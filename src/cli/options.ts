import { type Command, InvalidArgumentError, Option } from 'commander'
import { defaultForks } from '../gather/gather.ts'
import { parseDuration } from '../load/duration.ts'
import { type Allowances, allowanceNames } from '../model/guard.ts'
import { parseInstant } from './instant.ts'
import type { VaultOptions } from './vault-passwords.ts'

/** Options that every command over a playbook takes. */
export interface RunOptions extends VaultOptions {
  readonly inventory: readonly string[]
  readonly extraVars: readonly string[]
  readonly limit?: string
  /** A file of recorded facts to plan from, instead of the hosts. */
  readonly facts?: string
  /** How many hosts are asked at once. */
  readonly forks: number
  readonly at: Date
  /** Bounds that are raised for this run; absent where a command has none. */
  readonly allow?: Allowances
  /** Policies that are gone, and whose alarms are let go of; absent where a command has none. */
  readonly release?: readonly string[]
  readonly format: Format
  readonly verbose: boolean
  readonly color: boolean
}

export function addRunOptions(command: Command, formats: readonly Format[] = ['text', 'json']): Command {
  addPlayOptions(command.argument('<playbook>', 'the playbook, a YAML file')).option(
    '-v, --verbose',
    'say why unchanged things are unchanged',
    false,
  )
  return addFormat(command, formats)
}

export function addPlayOptions(command: Command): Command {
  return addInventoryOptions(command)
    .option(
      '-e, --extra-vars <vars>',
      'name=value, {"name": value} or @file; may be given several times',
      collect,
      [],
    )
    .option('-l, --limit <pattern>', 'only these hosts of the plays: names, groups, globs, @file, …')
    .option(
      '--at <time>',
      'judge as of this time, e.g. 2036-11-12 or 2036-11-12T00:10Z (default: now)',
      readInstant,
      new Date(),
    )
    .option('-f, --forks <number>', 'how many hosts are asked at once', readCount, defaultForks)
}

/** What every command takes that reads inventories. */
export function addInventoryOptions(command: Command): Command {
  return command
    .option(
      '-i, --inventory <source>',
      'a file, a program, a folder, host1,host2, or - for standard input; may be given several times',
      collect,
      [],
    )
    .option(
      '--vault-password-file <file>',
      'holds or, when executable, prints the password of ansible-vault; may be given several times',
      collect,
      [],
    )
    .option('-J, --ask-vault-pass', 'ask for the password of ansible-vault', false)
    .option('--no-color', 'no colours')
}

/** For commands that say what a run would do. */
export function addAllow(command: Command): Command {
  return command.option(
    '--allow <bound>',
    `raise a bound for this run, e.g. certificates=20; may be given several times: ${allowanceNames.join(', ')}`,
    readAllowance,
    {},
  )
}

function readAllowance(text: string, earlier: Allowances): Allowances {
  const [, name, number] = /^([^=]*)=(\d{1,6})$/.exec(text) ?? []
  const known = allowanceNames.find((each) => each === name)
  if (known !== undefined) return { ...earlier, [known]: Number(number) }
  throw new InvalidArgumentError(
    `A bound and a whole number are wanted, e.g. certificates=20; there is ${allowanceNames.join(', ')}.`,
  )
}

/** For commands that let go of alarms, or say that they would. */
export function addRelease(command: Command): Command {
  return command.option(
    '--release <policy>',
    'let go of the alarms of a policy that is gone, by its name; may be given several times',
    collect,
    [],
  )
}

/** Of commands that change hosts: how long to wait for another run to end. */
export function addLockTimeout(command: Command): Command {
  return command.option(
    '--lock-timeout <duration>',
    'how long to wait while another run holds a host, e.g. 10m (default: seconds at most)',
    readLockTimeout,
    0,
  )
}

function readLockTimeout(text: string): number {
  return text === '0' ? 0 : readDuration(text) * 1000
}

/** Seconds. */
export function readDuration(text: string): number {
  const seconds = parseDuration(text)
  if (seconds === undefined) throw new InvalidArgumentError('A duration is wanted: 90s, 10m, 1h, 30d.')
  return seconds
}

export type Format = 'text' | 'json' | 'sarif' | 'github'

export function addFormat(command: Command, formats: readonly Format[]): Command {
  const option = new Option('--format <format>', 'how the result is printed')
  return command.addOption(option.choices(formats).default(formats[0]))
}

export function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value]
}

export function readCount(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('A whole number from 1 to 9999 is wanted.')
  return Number(text)
}

function readInstant(text: string): Date {
  const instant = parseInstant(text)
  if (!instant)
    throw new InvalidArgumentError('A date (2036-11-12) or a date and time (2036-11-12T00:10Z) is wanted.')
  return instant
}
