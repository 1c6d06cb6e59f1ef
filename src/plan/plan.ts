// Stage plan: Difference → Plan: what changes, in which order, and what is left alone. Pure.
// In: what is wanted, observed and different. Out: plain data that alone drives apply.
// May not: read, ask, write, look at the clock, or hold a secret.
import type { Actual, HostActual } from '../model/actual.ts'
import { kindOrder } from '../model/address.ts'
import type { Change, Unchanged } from '../model/change.ts'
import { controlHost, type Desired } from '../model/desired.ts'
import type { Difference } from '../model/difference.ts'
import type { Plan, Task } from '../model/plan.ts'
import { findAlarmed, makeAlarmTasks, predictAlarms } from './alarms.ts'
import { type Batches, describeBatches, findAtOnce, numberBatches } from './batches.ts'
import { describePlacement, describeService, isChange, isUnchanged } from './changes.ts'
import { makeInstallTasks } from './install-tasks.ts'
import { makeIssueTasks } from './issue-tasks.ts'
import { findPressing, type Pressing } from './pressing.ts'
import { describeRotations } from './rotations.ts'
import { makeServiceTasks } from './service-tasks.ts'

export interface PlanInput {
  readonly desired: Desired
  readonly actual: Actual
  readonly difference: Difference
  readonly at: Date
}

export function makePlan(input: PlanInput): Plan {
  const { desired, actual, difference, at } = input
  const hosts = orderHosts(desired)
  const verdicts = describeAll(desired, difference)
  const alarms = predictAlarms(input)
  const changes = sort([...verdicts.changes, ...alarms], hosts)
  const atOnce = findAtOnce(difference.pairs)
  const batches = numberBatches(desired, actual, atOnce)
  const pressing = findPressing(input)
  return {
    formatVersion: '1.0',
    title: desired.plays.map(({ name }) => name).join(', '),
    at: at.toISOString(),
    inputs: desired.inputs,
    hosts,
    changes,
    refused: sort(verdicts.refused, hosts),
    waiting: sort(verdicts.waiting, hosts),
    unchanged: sort(verdicts.unchanged, hosts),
    problems: sort(difference.problems, hosts),
    unreachable: findUnreachable(input),
    interrupted: findInterrupted(actual),
    undeliverable: findUndeliverable(actual),
    rotations: describeRotations(desired, difference),
    batches: describeBatches(desired, batches, {
      actual,
      lost: difference.lostHosts,
      pressing: pressing.hosts,
      atOnce,
    }),
    tasks: orderTasks(input, batches, { changes, pressing }),
  }
}

/** Of the hosts that the run is about. */
export function findUnreachable({
  actual,
  desired,
}: Pick<PlanInput, 'actual' | 'desired'>): Plan['unreachable'] {
  return Object.values(actual.hosts).flatMap((host) => {
    if (desired.readOnlyHosts.includes(host.host)) return []
    if (host.kind === 'observed') return describeHeld(host)
    const { kind: _, ...told } = host
    return [told]
  })
}

function describeHeld({ host, heldBy }: HostActual): Plan['unreachable'][number][] {
  return heldBy === undefined ? [] : [{ host, detail: `another run holds it: ${heldBy}`, why: 'held' }]
}

function findInterrupted(actual: Actual): Plan['interrupted'] {
  return Object.values(actual.hosts).flatMap((host) =>
    host.kind === 'observed' ? host.interrupted.map((id) => ({ host: host.host, id })) : [],
  )
}

/** Sinks that could not even be asked. */
export function findUndeliverable(actual: Actual): Plan['undeliverable'] {
  return Object.values(actual.hosts).flatMap((host) => {
    const sinks = host.kind === 'observed' ? host.sinks : []
    return sinks.flatMap(({ sink, undeliverable }) =>
      undeliverable === undefined ? [] : [{ host: host.host, sink: sink.type, detail: undeliverable }],
    )
  })
}

/** The control node first when something is kept there, then the plays' hosts in their order. */
function orderHosts(desired: Desired): string[] {
  const played = new Set(desired.plays.flatMap(({ batches }) => batches.flat()))
  const others = Object.keys(desired.hosts).filter((host) => !played.has(host))
  return [...others.filter((host) => host === controlHost), ...played]
}

interface Verdicts {
  readonly changes: readonly Change[]
  readonly refused: readonly Change[]
  readonly waiting: readonly Change[]
  readonly unchanged: readonly Unchanged[]
}

/** What is done; what is not, for a guard or for a problem; what need not be. */
function describeAll(desired: Desired, { unguarded, unhindered, ...difference }: Difference): Verdicts {
  const verdicts = describeEach(desired, difference)
  const changes = verdicts.filter(isChange).map(({ change }) => change)
  const refused = findMissing(desired, unguarded, changes)
  return {
    changes,
    refused,
    waiting: findMissing(desired, unhindered, [...changes, ...refused]),
    unchanged: verdicts.filter(isUnchanged).map(({ unchanged }) => unchanged),
  }
}

function describeEach(
  { readOnlyHosts }: Desired,
  { pairs, services }: Pick<Difference, 'pairs' | 'services'>,
) {
  const placements = pairs.flatMap((pair) =>
    pair.placements
      .filter(({ placement }) => !readOnlyHosts.includes(placement.host))
      .map((placement) => describePlacement(pair, placement)),
  )
  return [...placements, ...services.map(describeService)]
}

function findMissing(
  desired: Desired,
  freer: Pick<Difference, 'pairs' | 'services'> | undefined,
  done: readonly Change[],
): Change[] {
  if (!freer) return []
  const addresses = new Set(done.map(({ address }) => address))
  return describeEach(desired, freer)
    .filter(isChange)
    .flatMap(({ change }) => (addresses.has(change.address) ? [] : [change]))
}

function orderTasks(
  input: PlanInput,
  batches: Batches,
  { changes, pressing }: { readonly changes: readonly Change[]; readonly pressing: Pressing },
): Task[] {
  const { desired, actual, difference } = input
  const { problems } = difference
  const tasks: Task[] = [
    ...makeIssueTasks(difference, batches),
    ...makeInstallTasks(actual, difference, batches),
    ...makeServiceTasks(desired, difference, batches, pressing),
  ]
  const inBatches = tasks.toSorted((a, b) => a.batch - b.batch)
  const worked = [...changes, ...problems, ...tasks].map(({ host }) => host)
  const busy = new Set([...worked, ...findAlarmed(input)])
  const last = inBatches.at(-1)?.batch ?? 0
  return [...inBatches, ...makeAlarmTasks(desired, difference, busy, last)]
}

/** By host, then kind, then the order of the policy: the same plan for the same input, whatever came first. */
function sort<T extends { readonly host: string; readonly kind?: Change['kind'] }>(
  entries: readonly T[],
  hosts: readonly string[],
): T[] {
  const rank = ({ kind }: T) => (kind ? kindOrder.indexOf(kind) : 0)
  return entries.toSorted((a, b) => hosts.indexOf(a.host) - hosts.indexOf(b.host) || rank(a) - rank(b))
}
