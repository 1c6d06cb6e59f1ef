import type { AlarmWant, SinkFact, StandingAlarm } from '../model/actual.ts'
import type { AlarmState } from '../model/change.ts'
import type { DesiredAlarms } from '../model/desired.ts'
import type { Condition } from './condition.ts'
import { isSame } from './name.ts'
import { findProof } from './proof.ts'
import { saysStanding, sinksOf, uniqueSinks } from './sinks.ts'
import { isReleased, speaksFor, uniqueWants } from './want.ts'
import { uniqueAlarms, wantedAlarms } from './wanted.ts'

export interface AlarmDifference {
  readonly raise: readonly AlarmState[]
  readonly clear: readonly OverAlarm[]
  /** Of those that somebody still wants: another lets go. */
  readonly release: readonly OverAlarm[]
  /** All that stands when that is done. */
  readonly record: readonly StandingAlarm[]
}

export interface OverAlarm {
  /** As it is on the record then; what is cleared, with the sinks that have to be told: those that may know it. */
  readonly alarm: StandingAlarm
  /** What proves that it is over for whoever lets go. */
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
  const isWanted = (alarm: StandingAlarm) => wanted.some((each) => isSame(each, alarm))
  const over = known.alarms.flatMap((alarm) => letGo(rules, wanted, condition, alarm) ?? [])
  const clear = over.filter(({ alarm }) => alarm.wantedBy.length === 0 && !isWanted(alarm))
  const release = over.filter((each) => !clear.includes(each))
  const kept = known.alarms
    .filter((alarm) => !isWanted(alarm) && !clear.some((each) => isSame(each.alarm, alarm)))
    .map((alarm) => release.find((each) => isSame(each.alarm, alarm))?.alarm ?? alarm)
  const current = wanted.map((alarm) =>
    stand({ rules, known, condition, isTold: raise.includes(alarm) }, alarm),
  )
  return {
    raise,
    clear: clear.map((each) => ({ ...each, alarm: withSinks(rules, known, each.alarm) })),
    release,
    record: [...kept, ...current],
  }
}

/** What is left of an alarm that somebody lets go of: these policies on proof, those of `--release` at once. */
function letGo(
  rules: readonly DesiredAlarms[],
  wanted: readonly AlarmState[],
  condition: Condition,
  alarm: StandingAlarm,
): OverAlarm | undefined {
  const isOwed = wanted.some((each) => isSame(each, alarm)) || !isOwn(rules, alarm)
  const proof = isOwed ? undefined : findProof(rules, wanted, condition, alarm)
  const left = alarm.wantedBy.filter((want) => !isReleased(rules, want))
  if (proof !== undefined) {
    const wantedBy = wantsOfOthers(rules, alarm)
    const why = wantedBy.length === 0 ? proof : 'it no longer holds for this policy; another one wants it'
    return { alarm: { ...alarm, wantedBy }, why }
  }
  if (left.length === alarm.wantedBy.length) return undefined
  const names = alarm.wantedBy.filter((want) => !left.includes(want)).map(({ policy }) => policy)
  return { alarm: { ...alarm, wantedBy: left }, why: `policy ${names.join(', ')} lets go of it (--release)` }
}

/** One that a run with these policies has a say in. */
export function isOwn(rules: readonly DesiredAlarms[], { wantedBy }: StandingAlarm): boolean {
  return wantedBy.length === 0 || wantedBy.some((want) => speaksFor(rules, want))
}

function wantsOfOthers(rules: readonly DesiredAlarms[], { wantedBy }: StandingAlarm): AlarmWant[] {
  return wantedBy.filter((want) => !speaksFor(rules, want) && !isReleased(rules, want))
}

/** The policies' own and those that were told earlier, but for who has said that it is not there. */
function withSinks(
  rules: readonly DesiredAlarms[],
  { alarms, sinks }: KnownAlarms,
  alarm: StandingAlarm,
): StandingAlarm {
  const all = uniqueSinks([...sinksOf(rules), ...alarm.sinks])
  const wantedBy = alarms.find((each) => isSame(each, alarm))?.wantedBy ?? []
  return { ...alarm, wantedBy, sinks: all.filter((sink) => saysStanding(sinks, sink, alarm) !== false) }
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
