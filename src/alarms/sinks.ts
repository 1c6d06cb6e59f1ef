// Alarm sinks, one file a type; which one it is, is asked here and nowhere else. Pure: commands out, meaning in.
import type { SinkFact } from '../model/actual.ts'
import type { AlarmState } from '../model/change.ts'
import type { DesiredAlarms, DesiredSink } from '../model/desired.ts'
import type { Command, CommandOutcome } from '../model/host.ts'
import { isSame } from './name.ts'
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
export function sinksOf(alarms: readonly DesiredAlarms[]): DesiredSink[] {
  return uniqueSinks(alarms.flatMap(({ sinks }) => sinks))
}

/** The first that names one says how long it is waited for. */
export function uniqueSinks(sinks: readonly DesiredSink[]): DesiredSink[] {
  return sinks.filter((sink, index) => sinks.findIndex((each) => isSameSink(each, sink)) === index)
}

export function isSameSink(a: DesiredSink, b: DesiredSink): boolean {
  return a.type === b.type && a.client === b.client
}

export function askSink(sink: DesiredSink, ids: readonly string[]): Command[] {
  return ids.map((id) => types[sink.type].query(sink, id))
}

/** What the answers to `askSink` mean, in the same order. */
export function parseSink(
  sink: DesiredSink,
  ids: readonly string[],
  outcomes: readonly (CommandOutcome | undefined)[],
): SinkFact {
  const standing: Named[] = []
  for (const [index, id] of ids.entries()) {
    const outcome = outcomes[index]
    const answer = outcome ? types[sink.type].parseQuery(outcome) : { undeliverable: 'not asked' }
    if ('undeliverable' in answer)
      return { sink, ids: ids.slice(0, index), standing, undeliverable: answer.undeliverable }
    standing.push(...answer.filter((each) => each.id === id))
  }
  return { sink, ids: [...ids], standing }
}

/** Whether a sink has said that an alarm stands there; undefined: it has not been asked, or has not answered. */
export function saysStanding(
  facts: readonly SinkFact[],
  sink: DesiredSink,
  alarm: Named,
): boolean | undefined {
  const fact = facts.find((each) => isSameSink(each.sink, sink))
  if (!fact?.ids.includes(alarm.id)) return undefined
  return fact.standing.some((each) => isSame(each, alarm))
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
