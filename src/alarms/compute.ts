import type { AlarmWant, SinkFact, StandingAlarm } from '../model/actual.ts'
import type { AlarmState } from '../model/change.ts'
import type { DesiredAlarms } from '../model/desired.ts'
import type { Condition } from './condition.ts'
import { isSame } from './name.ts'
import { findProof } from './proof.ts'
import { saysStanding, sinksOf, uniqueSinks } from './sinks.ts'
import { speaksFor, uniqueWants } from './want.ts'
import { uniqueAlarms, wantedAlarms } from './wanted.ts'

export interface AlarmDifference {
  readonly raise: readonly AlarmState[]
  readonly clear: readonly OverAlarm[]
  /** Of those that another policy still wants: this one lets go. */
  readonly release: readonly StandingAlarm[]
  /** All that stands when that is done. */
  readonly record: readonly StandingAlarm[]
}

/** With the sinks that have to be told: those that may know it. */
export interface OverAlarm {
  readonly alarm: StandingAlarm
  /** What proves that it is over. */
  readonly why: string
}

/** What is known of the alarms of a host. */
export interface KnownAlarms {
  readonly alarms: readonly StandingAlarm[]
  readonly sinks: readonly SinkFact[]
}

/**
 * What has to be raised and cleared so that the alarms stand that these policies want, and no other of theirs. A sink
 * that has lost an alarm is told again. An alarm that another policy raised too stays until that one lets go of it.
 */
export function compareAlarms(
  rules: readonly DesiredAlarms[],
  known: KnownAlarms,
  condition: Condition,
): AlarmDifference {
  const all = rules.flatMap((each) => (each.raised ? wantedAlarms(each, condition) : []))
  const wanted = uniqueAlarms(all)
  const isLost = (alarm: AlarmState) =>
    known.sinks.some(({ sink }) => saysStanding(known.sinks, sink, alarm) === false)
  const raise = wanted.filter((alarm) => isLost(alarm) || !known.alarms.some((each) => isEqual(each, alarm)))
  const unwanted = known.alarms.filter((alarm) => !wanted.some((each) => isSame(each, alarm)))
  const over = unwanted
    .filter((alarm) => isOwn(rules, alarm))
    .map((alarm) => ({ alarm, why: findProof(rules, wanted, condition, alarm) }))
    .filter((each): each is OverAlarm => each.why !== undefined)
  const clear = over.filter(({ alarm }) => wantsOfOthers(rules, alarm).length === 0)
  const release = over.filter((each) => !clear.includes(each)).map(({ alarm }) => alarm)
  const kept = unwanted
    .filter((alarm) => !clear.some((each) => each.alarm === alarm))
    .map((alarm) => (release.includes(alarm) ? { ...alarm, wantedBy: wantsOfOthers(rules, alarm) } : alarm))
  const current = wanted.map((alarm) =>
    stand({ rules, known, condition, isTold: raise.includes(alarm) }, alarm),
  )
  return {
    raise,
    clear: clear.map(({ alarm, why }) => ({
      alarm: { ...alarm, sinks: sinksToClear(rules, known, alarm) },
      why,
    })),
    release,
    record: [...kept, ...current],
  }
}

/** One that a run with these policies has a say in. */
export function isOwn(rules: readonly DesiredAlarms[], { wantedBy }: StandingAlarm): boolean {
  return wantedBy.length === 0 || wantedBy.some((want) => speaksFor(rules, want))
}

function wantsOfOthers(rules: readonly DesiredAlarms[], { wantedBy }: StandingAlarm): AlarmWant[] {
  return wantedBy.filter((want) => !speaksFor(rules, want))
}

/** The policies' own and those that were told earlier, but for who has said that it is not there. */
function sinksToClear(
  rules: readonly DesiredAlarms[],
  { sinks }: KnownAlarms,
  alarm: StandingAlarm,
): StandingAlarm['sinks'] {
  const all = uniqueSinks([...sinksOf(rules), ...alarm.sinks])
  return all.filter((sink) => saysStanding(sinks, sink, alarm) !== false)
}

function isEqual(standing: StandingAlarm, wanted: AlarmState): boolean {
  return (
    isSame(standing, wanted) &&
    standing.severity === wanted.severity &&
    standing.reason === wanted.reason &&
    standing.repair === wanted.repair
  )
}

interface Standing {
  readonly rules: readonly DesiredAlarms[]
  readonly known: KnownAlarms
  readonly condition: Condition
  /** It is told to all sinks of these policies. */
  readonly isTold: boolean
}

/** An alarm that stood already keeps the time of its raising. */
function stand({ rules, known, condition, isTold }: Standing, alarm: AlarmState): StandingAlarm {
  const before = known.alarms.find((each) => isSame(each, alarm))
  const wanting = rules.filter(
    (each) => each.raised && wantedAlarms(each, condition).some((wanted) => isSame(wanted, alarm)),
  )
  const knowing = sinksOf(rules).filter((sink) => isTold || saysStanding(known.sinks, sink, alarm))
  return {
    ...alarm,
    raisedAt: before?.raisedAt ?? condition.at.toISOString(),
    wantedBy: uniqueWants([...(before ? wantsOfOthers(rules, before) : []), ...wanting]),
    sinks: uniqueSinks([...knowing, ...(before?.sinks ?? [])]),
  }
}
