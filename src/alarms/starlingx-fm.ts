// StarlingX's fault manager, through its command-line client. Pure: argv out, meaning in.
import type { AlarmState } from '../model/change.ts'
import type { DesiredSink } from '../model/desired.ts'
import type { Command, CommandOutcome } from '../model/host.ts'
import { visible } from '../model/visible.ts'
import { faultManagerFields } from './catalogue.ts'

const separator = '###'

/** Sets an alarm: fifteen fields between separators; a space lets the manager choose. */
export function raiseAlarm(sink: DesiredSink, alarm: AlarmState): Command {
  const { alarmType, probableCause } = faultManagerFields
  const fields = [
    ' ', // uuid
    alarm.id,
    'set',
    'host',
    alarm.entity,
    ' ', // timestamp
    alarm.severity,
    alarm.reason,
    alarmType,
    alarm.entity.startsWith('host=') ? probableCause.renewal : probableCause.expiry,
    alarm.repair,
    'False', // service affecting
    'False', // suppression
    'False', // inhibit
    'False', // keep existing
  ]
  return run(sink, '-c', join(fields))
}

/** Asks whether any alarm with this id stands. */
export function queryAlarm(sink: DesiredSink, id: string): Command {
  return run(sink, '-A', id)
}

export function clearAlarm(sink: DesiredSink, { id, entity }: Pick<AlarmState, 'id' | 'entity'>): Command {
  return run(sink, '-d', join([id, entity]))
}

/** Reasons quote hosts: what they say is neither a field of its own nor a NUL byte, which no argument can hold. */
function join(fields: readonly string[]): string {
  const safe = fields.map((field) => visible(field).replaceAll(separator, '# # #'))
  return `${separator}${safe.join(separator)}${separator}`
}

function run({ client, timeoutSeconds }: DesiredSink, flag: string, argument: string): Command {
  return { argv: [client, flag, argument], timeoutMs: timeoutSeconds * 1000 }
}

/** The client's exit status when no alarm with that id stands. */
const absentStatus = 255

export function parseQuery(
  outcome: CommandOutcome,
): { readonly present: boolean } | { readonly undeliverable: string } {
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return { present: true }
  if (outcome.kind === 'exited' && outcome.exitCode === absentStatus) return { present: false }
  return { undeliverable: describe(outcome) }
}

/** Undefined when the alarm was taken; otherwise why not. */
export function parseDelivery(outcome: CommandOutcome): string | undefined {
  return outcome.kind === 'exited' && outcome.exitCode === 0 ? undefined : describe(outcome)
}

function describe({ kind, exitCode, stderr }: CommandOutcome): string {
  if (kind === 'missing') return "the fault manager's client is not there"
  if (kind === 'timed-out') return "the fault manager's client did not answer in time"
  if (kind === 'killed') return "the fault manager's client was killed"
  const said = stderr.trim().split('\n')[0] ?? ''
  return `the fault manager's client exited with ${exitCode}${said === '' ? '' : `: ${said.slice(0, 200)}`}`
}
