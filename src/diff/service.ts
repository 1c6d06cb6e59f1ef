// Stage diff, one service: what its files' changes mean to it, and what is owed from before.
// In: a DesiredService, what it said and serves, the pairs' differences. Out: ServiceDifference. May not: ask or tell it anything.
import type { ServiceFact } from '../model/actual.ts'
import type { Reason } from '../model/change.ts'
import type { DesiredService, PairId, ServiceEffect } from '../model/desired.ts'
import type { PairDifference, ServiceDifference } from '../model/difference.ts'
import { findOwedReasons } from './owed.ts'
import { findPoolContradiction, mayWaitForRestart } from './pool.ts'
import { findAskedAnchors } from './rotation/asked-anchors.ts'
import { isClientRejected, judgeServed } from './served.ts'
import { type Demand, findPlacement, type ServiceContext } from './service-context.ts'

export function compareService(service: DesiredService, context: ServiceContext): ServiceDifference {
  const compared = compare(service, context)
  const isSpared = service.uses.some(({ pair }) => mayWaitForRestart(context.pairs.get(pair)))
  // Who is told nothing trusts whom it trusts until it starts again.
  if (compared.action === 'none' || (compared.action === 'verify' && isSpared)) return compared
  const anchors = findAskedAnchors(service, context.pairs)
  return anchors.length === 0 ? compared : { ...compared, anchors }
}

function compare(service: DesiredService, context: ServiceContext): ServiceDifference {
  const fact: ServiceFact = context.host.services[service.name] ?? { state: 'unknown' }
  const unproved = findUnproved(service, fact, context)
  const base = { service, play: context.play, proved: unproved === undefined, unfit: [], toDo: [] }
  const changed = service.uses.filter(({ pair }) => isRewritten(context.pairs.get(pair), service.host))
  const spared = service.uses.filter(({ pair }) => mayWaitForRestart(context.pairs.get(pair)))
  if (fact.state === 'inactive' || fact.state === 'failed' || fact.state === 'unknown') {
    const fallen = findFallen(fact)
    const unfit = fallen === undefined ? [] : [fallen]
    const notes = fallen === undefined ? idleNotes[fact.state] : unfit
    return { ...base, unfit, action: 'none', reasons: [], notes }
  }
  const owed = findOwedReasons(service, fact, context)
  const told = changed.filter((use) => !spared.includes(use))
  const demands = [...told.flatMap((use) => demandOf(use, service, context)), ...owed]
  const reasons = demands.map(({ reason }) => reason)
  const doubts = findDoubts(service, fact)
  if (fact.state === 'unmanaged') {
    const unfit = owed.map(({ reason }) => reason.message)
    if (demands.length === 0 && doubts.length > 0)
      return { ...base, action: 'verify', reasons: doubts, notes: [] }
    const toDo = findToDo(service, fact, context)
    return { ...base, unfit, toDo, action: 'none', reasons: [], notes: unmanagedNotes(service, demands) }
  }
  const action = demands.some(({ effect }) => effect === 'restart') ? 'restart' : 'reload'
  if (demands.length > 0) return { ...base, action, reasons, notes: [] }
  const hot = changed.filter(({ effect }) => effect === 'hot').map(({ pair }) => nameOf(pair, context))
  const { begun } = fact
  const notes = [
    ...(begun ? [`told to ${begun.action} ${format(begun.ms)} without a proof, which is taken now`] : []),
    ...spared.flatMap(({ pair }) => noteSpared(pair, fact, context)),
    ...(hot.length > 0 ? [`re-reads ${hot.join(', ')} by itself: no restart`] : []),
    ...(unproved === undefined ? [] : [`not proved: ${unproved}`]),
  ]
  const unfit = unproved !== undefined && fact.probe?.kind === 'served' ? [unproved] : []
  if (hot.length > 0 && service.probe) return { ...base, unfit, action: 'verify', reasons: [], notes }
  return { ...base, unfit, action: begun || doubts.length > 0 ? 'verify' : 'none', reasons: doubts, notes }
}

/** A probe that merely got no answer may get one in a second: it is asked again, as often as the policy says. */
function findDoubts({ source }: DesiredService, { probe }: ServiceFact): Reason[] {
  if (probe?.kind !== 'failed') return []
  return [{ code: 'probe-fails', message: `its probe fails: ${probe.detail}`, source }]
}

const idleNotes = {
  inactive: ['stopped: not started, and nothing to prove'],
  failed: ['failed: not started, and nothing proved; start it yourself'],
  unknown: [],
}

/**
 * What certwright itself told, and what does not run since. It is not started: on a pair of controllers it may have moved
 * to the other one.
 */
function findFallen({ state, begun }: ServiceFact): string | undefined {
  if (!begun || (state !== 'inactive' && state !== 'failed')) return undefined
  const told = `certwright told it to ${begun.action} at ${format(begun.ms)}`
  return `it has not been running since ${told}: start it, or, if it is meant to be off, remove ${begun.path}`
}

function format(ms: number): string {
  return new Date(ms).toISOString()
}

/**
 * Whether the file that the service reads gets other content on this host; copies are not what it reads. Where the same
 * trust anchors stand in another order, the key beside them is another, and who trusts them reads no key.
 */
function isRewritten(pair: PairDifference | undefined, host: string): boolean {
  const files = findPlacement(pair, host)?.files ?? []
  const own = files.filter(({ copy, write }) => !copy && write === 'content')
  return own.length > 0 && !own.some(({ isReordered }) => isReordered)
}

function noteSpared(pair: PairId, { state }: ServiceFact, context: ServiceContext): string[] {
  const rotation = context.pairs.get(pair)?.rotation
  return state === 'active' &&
    rotation?.waits.some(({ host, what }) => what === 'pool' && host === context.host.host)
    ? [`trusts the old ${nameOf(pair, context)} until it starts again`]
    : []
}

function demandOf(
  { pair, effect }: { pair: PairId; effect: ServiceEffect },
  service: DesiredService,
  context: ServiceContext,
): Demand[] {
  if (effect === 'hot') return []
  const message = `${nameOf(pair, context)} changes; ${service.name} reads it at ${effect === 'restart' ? 'its start' : 'a reload'} only`
  return [{ effect, reason: { code: 'uses-changed', message, source: service.source } }]
}

function nameOf(pair: PairId, context: ServiceContext): string {
  return context.pairs.get(pair)?.pair.name ?? pair
}

/** Nobody may tell an unmanaged service anything, so the operator is told instead. */
function unmanagedNotes(service: DesiredService, demands: readonly Demand[]): string[] {
  if (demands.length === 0) return []
  const verb = demands.some(({ effect }) => effect === 'restart') ? 'restart' : 'reload'
  const why = demands.map(({ reason }) => reason.message).join('; ')
  return [`not managed: ${verb} ${service.name} yourself (${why})`]
}

/** It will serve what it has, and not what is then on disk, until somebody tells it. */
function findToDo(service: DesiredService, { probe }: ServiceFact, context: ServiceContext): string[] {
  if (probe?.kind !== 'served' || service.probe?.kind !== 'tls') return []
  const { expect: pair = '' } = service.probe
  const isHot = service.uses.some((use) => use.pair === pair && use.effect === 'hot')
  if (isHot || !isRewritten(context.pairs.get(pair), service.host)) return []
  return [`${nameOf(pair, context)} changes; nobody but you can tell it`]
}

/** Why what it serves does not pass for what a client should get; undefined: nothing that is known speaks against it. */
function findUnproved(
  service: DesiredService,
  fact: ServiceFact,
  context: ServiceContext,
): string | undefined {
  const { state, probe } = fact
  const fallen = findFallen(fact)
  if (fallen !== undefined) return fallen
  if (state === 'failed') return 'it has failed'
  if (state === 'inactive' || probe === undefined || probe.kind === 'passed') return undefined
  if (probe.kind === 'failed') return probe.detail
  if (isClientRejected(service, fact, context))
    return `it turns away its client's certificate: ${probe.detail ?? 'no detail'}`
  const [fault] = judgeServed(service, fact, context)?.faults ?? []
  const wrong = fault?.message ?? findPoolContradiction(service, fact, context)
  return wrong === undefined ? undefined : `it ${wrong}`
}
