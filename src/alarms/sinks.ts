// Alarm sinks, one file a type; which one it is, is asked here and nowhere else. Pure: commands out, meaning in.
import type { SinkFact } from '../model/actual.ts'
import type { AlarmState } from '../model/change.ts'
import type { DesiredAlarms, DesiredSink } from '../model/desired.ts'
import type { Command, CommandOutcome } from '../model/host.ts'
import * as starlingxFm from './starlingx-fm.ts'

type Named = Pick<AlarmState, 'id' | 'entity'>

interface SinkType {
  /** Asks which alarms with this id stand. */
  readonly query: (sink: DesiredSink, id: string) => Command
  readonly parseQuery: (outcome: CommandOutcome) => readonly Named[] | { readonly undeliverable: string }
  readonly raise: (sink: DesiredSink, alarm: AlarmState) => Command
  readonly parseRaise: (outcome: CommandOutcome) => string | undefined
  readonly clear: (sink: DesiredSink, alarm: Named) => Command
  readonly parseClear: (outcome: CommandOutcome) => string | undefined
}

const types: Readonly<Record<DesiredSink['type'], SinkType>> = { starlingx_fm: starlingxFm }

/** A sink that several plays name is asked and told once. */
export function uniqueSinks(alarms: readonly DesiredAlarms[]): DesiredSink[] {
  const sinks = alarms.flatMap((each) => each.sinks)
  return [...new Map(sinks.map((sink) => [JSON.stringify(sink), sink])).values()]
}

export function askSink(sink: DesiredSink, ids: readonly string[]): Command[] {
  return ids.map((id) => types[sink.type].query(sink, id))
}

/** What the answers to `askSink` mean, in the same order. */
export function parseSink(sink: DesiredSink, outcomes: readonly (CommandOutcome | undefined)[]): SinkFact {
  const standing: Named[] = []
  for (const outcome of outcomes) {
    const answer = outcome ? types[sink.type].parseQuery(outcome) : { undeliverable: 'not asked' }
    if ('undeliverable' in answer) return { sink: sink.type, standing, undeliverable: answer.undeliverable }
    standing.push(...answer)
  }
  return { sink: sink.type, standing }
}

/** How an alarm is brought to a sink or taken from it, and what its answer means: undefined where it has been. */
export interface Delivery {
  readonly command: Command
  readonly parse: (outcome: CommandOutcome) => string | undefined
}

export function raiseIn(sink: DesiredSink, alarm: AlarmState): Delivery {
  const { raise, parseRaise } = types[sink.type]
  return { command: raise(sink, alarm), parse: parseRaise }
}

export function clearIn(sink: DesiredSink, alarm: Named): Delivery {
  const { clear, parseClear } = types[sink.type]
  return { command: clear(sink, alarm), parse: parseClear }
}
