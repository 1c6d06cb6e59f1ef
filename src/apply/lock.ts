// Before anything is looked at: the hosts of a run belong to it. What earlier runs left in the middle is settled then.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import type { Host } from '../model/host.ts'
import type { LockRequest, Recovery } from '../model/transaction.ts'
import { asHostError } from '../model/unexpected.ts'

export interface Locked {
  readonly settled: readonly Settled[]
  /** Hosts that could not be reached, or whose lock could not be had. */
  readonly missed: readonly Missed[]
  /** Hosts that another run is at work on. */
  readonly held: readonly Held[]
}

/** What was found on a host, where anything was. */
export interface Settled {
  readonly host: string
  readonly recoveries: readonly Recovery[]
  /** Staged files that a killed run had left behind. */
  readonly swept: number
}

export interface Missed {
  readonly host: string
  readonly detail: string
  readonly unreachable: boolean
}

export interface Held {
  readonly host: string
  readonly by: string
}

/** A run's name sorts by time and is unique. */
export function nameRun(now: Date): string {
  return `${now.toISOString().replaceAll(/[-:.]/g, '')}-${randomBytes(4).toString('hex')}`
}

/** How a run introduces itself to others, who read from it which of the two was first. */
export function introduce(who: string, now: Date): string {
  return `${who} since ${now.toISOString()}`
}

/** How long two runs that have begun at once are given to find out which of them goes first. */
const contentionMs = 3000

/**
 * Many at once. A host that cannot be reached, whose lock cannot be had, or that another run keeps, holds back itself
 * and what needs it, and nothing else. Runs that meet do not share the hosts out among them, with the work of neither
 * done: the one that began later lets go of everything it has and comes back, the other waits for that. Nobody waits
 * for ever, so nobody waits in a circle.
 */
export async function lockHosts(
  hosts: readonly Host[],
  { timeoutMs, ...request }: LockRequest,
  forks: number,
): Promise<Locked> {
  const limit = pLimit(forks)
  const found = new Map<Host, Outcome>()
  const settled: Settled[] = []
  const take = (some: readonly Host[]) =>
    Promise.all(
      some.map((host) =>
        limit(async () => {
          const outcome = await lockOne(host, { ...request, timeoutMs: 0 })
          found.set(host, outcome)
          if (outcome.kind === 'locked') settled.push(outcome.settled)
        }),
      ),
    )
  const are = (kind: Outcome['kind']) => hosts.filter((host) => found.get(host)?.kind === kind)
  const isFirst = (host: Host) => {
    const outcome = found.get(host)
    return outcome?.kind === 'held' && isOlder(outcome.by, request.holder)
  }
  const began = performance.now()
  await take(hosts)
  // With nothing in hand there is nothing that others could be waiting for.
  const graceMs = are('locked').length === 0 ? 0 : Math.max(contentionMs, 2 * (performance.now() - began))
  const until = began + Math.max(timeoutMs, graceMs)
  const hasTime = () => performance.now() < until
  while (are('held').length > 0 && hasTime()) {
    const first = are('held').filter(isFirst)
    if (first.length === 0) {
      await pause()
      await take(are('held'))
      continue
    }
    const released = are('locked')
    await Promise.all(released.map((host) => host.close()))
    for (const host of released) found.delete(host)
    do {
      await pause()
      await take(first)
    } while (hasTime() && first.some(isFirst))
    await take(
      hosts.filter((host) => !found.has(host) || (found.get(host)?.kind === 'held' && !isFirst(host))),
    )
  }
  const outcomes = hosts.flatMap((host) => found.get(host) ?? [])
  return {
    settled: settled.filter(({ recoveries, swept }) => recoveries.length > 0 || swept > 0),
    missed: outcomes.flatMap((outcome) => (outcome.kind === 'missed' ? [outcome.missed] : [])),
    held: outcomes.flatMap((outcome) =>
      outcome.kind === 'held' ? [{ host: outcome.host, by: outcome.by }] : [],
    ),
  }
}

type Outcome =
  | { readonly kind: 'locked'; readonly settled: Settled }
  | { readonly kind: 'missed'; readonly missed: Missed }
  | { readonly kind: 'held'; readonly host: string; readonly by: string }

async function lockOne(host: Host, request: LockRequest): Promise<Outcome> {
  const { name } = host
  try {
    const outcome = await host.lock(request)
    if (outcome.kind === 'busy') return { kind: 'held', host: name, by: outcome.by }
    const { recoveries, swept } = outcome
    return { kind: 'locked', settled: { host: name, recoveries, swept } }
  } catch (error) {
    const { message: detail, unreachable } = asHostError(error)
    return { kind: 'missed', missed: { host: name, detail, unreachable } }
  }
}

/** By the clocks of both; whoever does not say since when came first. Of any two, both agree which it was. */
function isOlder(other: string, own: string): boolean {
  const [theirs, ours] = [other, own].map((text) => / since (\S+)$/.exec(text)?.[1] ?? '')
  return theirs === ours ? other < own : String(theirs) < String(ours)
}

/** Never the same for two, so that they do not meet again and again. */
function pause(): Promise<void> {
  return sleep(100 + Math.random() * 300)
}
