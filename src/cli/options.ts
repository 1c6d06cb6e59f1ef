import { type Command, InvalidArgumentError } from 'commander'
import { parseInstant } from './instant.ts'

/** Options that every command over a playbook takes. */
export interface RunOptions {
  readonly inventory: readonly string[]
  readonly extraVars: readonly string[]
  readonly at: Date
  readonly format: 'text' | 'json'
  readonly verbose: boolean
  readonly color: boolean
}

export function addRunOptions(command: Command): Command {
  return command
    .argument('<playbook>', 'the playbook, a YAML file')
    .option('-i, --inventory <file>', 'an inventory; may be given several times', collect, [])
    .option(
      '-e, --extra-vars <vars>',
      'name=value, {"name": value} or @file; may be given several times',
      collect,
      [],
    )
    .option(
      '--at <time>',
      'judge as of this time, e.g. 2036-11-12 or 2036-11-12T00:10Z (default: now)',
      readInstant,
      new Date(),
    )
    .option('--format <format>', 'text or json', readFormat, 'text')
    .option('-v, --verbose', 'say why unchanged things are unchanged', false)
    .option('--no-color', 'no colours')
}

export function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value]
}

function readInstant(text: string): Date {
  const instant = parseInstant(text)
  if (!instant)
    throw new InvalidArgumentError('A date (2036-11-12) or a date and time (2036-11-12T00:10Z) is wanted.')
  return instant
}

function readFormat(text: string): string {
  if (!['text', 'json'].includes(text)) throw new InvalidArgumentError('There is text and json.')
  return text
}
