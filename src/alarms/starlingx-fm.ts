// StarlingX's fault manager, through its command-line client (starlingx/fault, fm-common/sources/fm_cli.cpp).
// It prints `Ok` and alarms, a line each, and exits with 0; or prints an error's name and exits with 255, whatever it is.
import type { AlarmState } from '../model/change.ts'
import type { DesiredSink } from '../model/desired.ts'
import type { Command, CommandOutcome } from '../model/host.ts'
import { visible } from '../model/visible.ts'
import { aboutCertificate } from './name.ts'

type Named = Pick<AlarmState, 'id' | 'entity'>

const separator = '###'
/** It keeps so many bytes of a text, and drops the rest. */
const maximumBytes = 255

/** Sets an alarm: fifteen fields between separators; a space lets the manager choose. */
export function raise(sink: DesiredSink, alarm: AlarmState): Command {
  const fields = [
    ' ', // uuid
    alarm.id,
    'set',
    'host',
    alarm.entity,
    ' ', // timestamp
    alarm.severity,
    shorten(alarm.reason),
    'operational-violation',
    aboutCertificate(alarm) === undefined ? 'unspecified-reason' : 'certificate-expiration',
    shorten(alarm.repair),
    'False', // service affecting
    'False', // suppression
    'False', // inhibit
    'False', // keep existing
  ]
  return run(sink, '-c', join(fields))
}

/** Asks which alarms with this id stand, whatever they are about. */
export function query(sink: DesiredSink, id: string): Command {
  return run(sink, '-A', id)
}

export function clear(sink: DesiredSink, { id, entity }: Named): Command {
  return run(sink, '-d', join([id, entity]))
}

/** Causes on one line, cut where the manager would: what it drops, it drops without a word. */
function shorten(text: string): string {
  const line = text.replaceAll('\n', '; ').replace(/#{3,}/g, '##')
  if (Buffer.byteLength(line) <= maximumBytes) return line
  const cut = Buffer.from(line).subarray(0, maximumBytes - 3)
  return `${cut.toString('utf8').replace(/\uFFFD+$/, '')}…`
}

/** Reasons quote hosts: what they say is neither a field of its own nor a NUL byte, which no argument can hold. */
function join(fields: readonly string[]): string {
  const safe = fields.map((field) => visible(field).replaceAll(separator, '# # #'))
  return `${separator}${safe.join(separator)}${separator}`
}

function run({ client, timeoutSeconds }: DesiredSink, flag: string, argument: string): Command {
  return { argv: [client, flag, argument], timeoutMs: timeoutSeconds * 1000 }
}

const notFound = 'FM_ERR_ENTITY_NOT_FOUND'

/** None stands only where the manager says so: its client exits alike when it cannot reach it. */
export function parseQuery(outcome: CommandOutcome): readonly Named[] | { readonly undeliverable: string } {
  if (outcome.kind === 'exited' && outcome.exitCode !== 0 && saysNotFound(outcome)) return []
  if (outcome.kind !== 'exited' || outcome.exitCode !== 0) return { undeliverable: describe(outcome) }
  const [first = '', ...lines] = outcome.stdout.split('\n')
  if (first.trim() !== 'Ok')
    return { undeliverable: "the fault manager's client answers what is not understood" }
  return lines.flatMap((line) => {
    const [, , id, , , entity] = line.split(separator)
    return id === undefined || entity === undefined ? [] : [{ id, entity }]
  })
}

/** Undefined when the alarm was taken; otherwise why not. */
export function parseRaise(outcome: CommandOutcome): string | undefined {
  return outcome.kind === 'exited' && outcome.exitCode === 0 ? undefined : describe(outcome)
}

/** What is not there is cleared. */
export function parseClear(outcome: CommandOutcome): string | undefined {
  return saysNotFound(outcome) ? undefined : parseRaise(outcome)
}

function saysNotFound({ kind, stdout, stderr }: CommandOutcome): boolean {
  return kind === 'exited' && [stdout, stderr].some((said) => said.trim() === notFound)
}

function describe({ kind, exitCode, stdout, stderr }: CommandOutcome): string {
  if (kind === 'missing') return "the fault manager's client is not there"
  if (kind === 'timed-out') return "the fault manager's client did not answer in time"
  if (kind === 'killed') return "the fault manager's client was killed"
  const said = [stderr, stdout].map((text) => text.trim().split('\n')[0] ?? '').find((line) => line !== '')
  return `the fault manager's client exited with ${exitCode}${said === undefined ? '' : `: ${said.slice(0, 200)}`}`
}
