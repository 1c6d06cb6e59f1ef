import type { ServiceFact } from '../model/actual.ts'
import type { DesiredService, PairId } from '../model/desired.ts'
import { findPoolDemands, isPoolProved, mayWaitForRestart } from './pool.ts'
import { isClientRejected, judgeServed } from './served.ts'
import { type Demand, findPlacement, type ServiceContext } from './service-context.ts'

/**
 * What a service still owes from before, derived from what is observed and from nothing else: the certificate that
 * it serves, the client certificate that it turns away, a start that lies before the last modification of a file
 * that it reads at its start only, unless that is what it serves, or a telling that was begun and never proved. A failed
 * or forgotten restart thus stays owed.
 */
export function findOwedReasons(
  service: DesiredService,
  fact: ServiceFact,
  context: ServiceContext,
): Demand[] {
  return [
    ...servedDiffers(service, fact, context),
    ...clientRejected(service, fact, context),
    ...findPoolDemands(service, fact, context),
    ...startedBeforeChange(service, fact, context),
    ...tellingUnproved(service, fact),
  ]
}

/** Another chain that a service reads at every handshake is nothing that telling it would mend: it stays unproved. */
function servedDiffers(service: DesiredService, fact: ServiceFact, context: ServiceContext): Demand[] {
  const served = judgeServed(service, fact, context)
  if (!served) return []
  const effect = effectOf(service, served.pair)
  return served.faults.flatMap(({ kind, message }): Demand[] => {
    if (kind !== 'other-certificate' && (kind !== 'other-chain' || effect === 'hot')) return []
    const reason = { code: 'served-differs', message, source: service.source } as const
    return [{ effect: effect === 'reload' ? 'reload' : 'restart', reason }]
  })
}

/** A client certificate that is itself in order and is turned away: the service's pool of authorities is not the one on disk. */
function clientRejected(service: DesiredService, fact: ServiceFact, context: ServiceContext): Demand[] {
  if (fact.probe?.kind !== 'served' || !isClientRejected(service, fact, context)) return []
  if (service.probe?.kind !== 'tls' || service.probe.present === undefined) return []
  const presented = context.pairs.get(service.probe.present)
  const effects = service.uses.map(({ effect }) => effect).filter((effect) => effect !== 'hot')
  if (!presented || effects.length === 0) return []
  const message = `turns away ${presented.pair.name}, which is in order: ${fact.probe.detail ?? 'no detail'}`
  const effect = effects.includes('restart') ? 'restart' : 'reload'
  return [{ effect, reason: { code: 'client-rejected', message, source: service.source } }]
}

function startedBeforeChange(service: DesiredService, fact: ServiceFact, context: ServiceContext): Demand[] {
  const { startedMs, future } = fact
  if (startedMs === undefined && !future) return []
  return service.uses.flatMap(({ pair, effect }): Demand[] => {
    if (effect === 'hot' || isServed(pair, service, fact)) return []
    if (isPoolProved(pair, service, fact, context) || mayWaitForRestart(context.pairs.get(pair))) return []
    const late = findFiles(pair, service, context).find(
      ({ modifiedMs }) => startedMs === undefined || modifiedMs > startedMs,
    )
    if (!late) return []
    const message = describeStart(fact, effect, late)
    return [{ effect, reason: { code: 'started-before-change', message, source: service.source } }]
  })
}

/** A start that the host's clock has not reached yet cannot be set against any file: what is owed stays owed. */
function describeStart(
  { startedMs, future }: ServiceFact,
  effect: 'reload' | 'restart',
  { path, modifiedMs }: { path: string; modifiedMs: number },
): string {
  const verb = effect === 'restart' ? 'started' : 'last told'
  if (startedMs !== undefined) return `${verb} ${iso(startedMs)}, ${path} is of ${iso(modifiedMs)}`
  return `${verb} ${iso(future?.ms ?? 0)}, which the host's clock has not reached: no proof that it has read ${path}`
}

/** Starts are told in whole seconds. */
const clockGranularityMs = 1000

/**
 * Whatever became of it: it may run on files that have been put back since, which look as old as they are. A later start
 * is the manager's word, for a stamp is never later than what was begun after it: then somebody restarted it, and the
 * files' own times say what it has read.
 */
function tellingUnproved(service: DesiredService, fact: ServiceFact): Demand[] {
  const { begun, startedMs } = fact
  if (!begun || (startedMs !== undefined && startedMs > begun.ms + clockGranularityMs)) return []
  if (service.uses.every(({ pair, effect }) => effect === 'hot' || isServed(pair, service, fact))) return []
  const message = `told to ${begun.action} ${iso(begun.ms)}, and there is no proof that it did`
  return [{ effect: begun.action, reason: { code: 'telling-unproved', message, source: service.source } }]
}

/**
 * Served as expected proves the pair itself. A client that is not turned away proves nothing: some servers (nginx) end
 * every handshake and refuse inside the connection.
 */
function isServed(pair: PairId, { probe }: DesiredService, fact: ServiceFact): boolean {
  return fact.probe?.kind === 'served' && probe?.kind === 'tls' && probe.expect === pair
}

function findFiles(pair: PairId, service: DesiredService, context: ServiceContext) {
  const files = findPlacement(context.pairs.get(pair), service.host)?.files ?? []
  return files.flatMap(({ file, copy, what, fact }) => {
    if (copy || what !== 'certificate' || fact.kind !== 'certificate') return []
    return [{ path: file.path, modifiedMs: fact.stat.modifiedMs }]
  })
}

function effectOf(service: DesiredService, pair: PairId) {
  return service.uses.find((use) => use.pair === pair)?.effect
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
