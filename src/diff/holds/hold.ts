// What holds something back, and what is held back by it.
import type { Actual, HostActual } from '../../model/actual.ts'
import type { Address } from '../../model/address.ts'
import type { Problem } from '../../model/change.ts'
import type { ControlFacts } from '../../model/control.ts'
import type { Desired, PairId } from '../../model/desired.ts'
import type { Difference } from '../../model/difference.ts'

/** What is left alone in this run. */
export type Held =
  | { readonly what: 'host'; readonly host: string }
  /** Key, certificate and copies of a pair on one host. */
  | { readonly what: 'placement'; readonly pair: PairId; readonly host: string }
  /** One of its copies there: which, from 1. */
  | { readonly what: 'copy'; readonly pair: PairId; readonly host: string; readonly copy: number }
  /** No successor is made, and no supplied one takes its place; what is there stays in use. */
  | { readonly what: 'issue'; readonly pair: PairId }
  | { readonly what: 'service'; readonly service: Address }

/** One problem, and all that it holds back; nothing, where it only has to be told. */
export interface Hold {
  readonly problem: Problem
  readonly held: readonly Held[]
}

/** What a cause is shown: how things are, and what would be done after what is held back already. */
export interface Situation extends Pick<Difference, 'pairs' | 'services'> {
  readonly desired: Desired
  readonly actual: Actual
  readonly at: Date
  readonly control: ControlFacts
  readonly holds: Holds
  readonly problems: readonly Problem[]
}

/** A cause. Pure; it may be asked again, when more is held back, and says then what is still so. */
export type FindHolds = (situation: Situation) => readonly Hold[]

/** Whatever has to wait for another run at work elsewhere `waits`; all else is `blocked`. */
type Kind = 'waits' | 'blocked'

/** Everything that is held back, by its key. */
export interface Holds {
  readonly kinds: ReadonlyMap<string, Kind>
  /** Hosts outside `--limit`: they are read and never written to. */
  readonly readOnly: ReadonlySet<string>
}

/** Before anything has been looked at: hosts that cannot be seen, or that another run is at work on. */
export function startHolds({ readOnlyHosts }: Desired, { hosts }: Actual): Holds {
  const kinds = Object.values(hosts).flatMap((each): [string, Kind][] => {
    const key = keyOf({ what: 'host', host: each.host })
    if (each.kind === 'unreachable') return [[key, each.why === 'held' ? 'waits' : 'blocked']]
    return each.heldBy === undefined ? [] : [[key, 'waits']]
  })
  return { kinds: new Map(kinds), readOnly: new Set(readOnlyHosts) }
}

export function addHolds(holds: Holds, found: readonly Hold[]): Holds {
  const kinds = new Map(holds.kinds)
  for (const { held, problem } of found)
    for (const each of held)
      if (!kinds.has(keyOf(each)))
        kinds.set(keyOf(each), problem.code === 'depends-on-held' ? 'waits' : 'blocked')
  return { ...holds, kinds }
}

export function isHeld({ kinds }: Holds, held: Held): boolean {
  return kinds.has(keyOf(held))
}

/** Held back for no other reason than that another run is at work. */
export function isWaiting({ kinds }: Holds, held: Held): boolean {
  return kinds.get(keyOf(held)) === 'waits'
}

/** Whether what is on a host may be used: copied, or signed with. */
export function mayRead(holds: Holds, host: string): boolean {
  return !isHeld(holds, { what: 'host', host })
}

/** Whether a pair's own files may be written on a host. */
export function mayWrite(holds: Holds, pair: PairId, host: string): boolean {
  return (
    mayRead(holds, host) && !holds.readOnly.has(host) && !isHeld(holds, { what: 'placement', pair, host })
  )
}

/** A file by where it stands: a pair's own files go together, and a copy goes by itself. */
export function placeOf(pair: PairId, host: string, copy: number): Held {
  return copy === 0 ? { what: 'placement', pair, host } : { what: 'copy', pair, host, copy }
}

/** A host as it was seen; not one that another run is at work on: what looks odd there is that run's to put right. */
export function findObserved({ actual }: Situation, host: string): HostActual | undefined {
  const fact = actual.hosts[host]
  return fact?.kind === 'observed' && fact.heldBy === undefined ? fact : undefined
}

export function observedHosts(situation: Situation): HostActual[] {
  return Object.keys(situation.actual.hosts).flatMap((host) => findObserved(situation, host) ?? [])
}

function keyOf(held: Held): string {
  switch (held.what) {
    case 'host':
      return `host ${held.host}`
    case 'placement':
      return `placement ${held.pair} ${held.host}`
    case 'copy':
      return `copy ${held.pair} ${held.host} ${held.copy}`
    case 'issue':
      return `issue ${held.pair}`
    case 'service':
      return `service ${held.service}`
  }
}
