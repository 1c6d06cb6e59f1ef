import type { DesiredAlarms, DesiredSink } from '../model/desired.ts'

/** A sink that several plays name is asked and told once. */
export function uniqueSinks(alarms: readonly DesiredAlarms[]): DesiredSink[] {
  const sinks = alarms.flatMap((each) => each.sinks)
  return [...new Map(sinks.map((sink) => [JSON.stringify(sink), sink])).values()]
}
