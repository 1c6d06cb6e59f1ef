// What a running service says of whom it trusts, beside the file that it read at its start. Decides only.
import type { CertificateFile, ServiceFact } from '../model/actual.ts'
import type { Certificate } from '../model/certificate.ts'
import type { DesiredService, PairId, ServiceEffect } from '../model/desired.ts'
import type { PairDifference } from '../model/difference.ts'
import { formatName } from '../x509/name.ts'
import { type Demand, findPlacement, type ServiceContext } from './service-context.ts'

/**
 * A client that is accepted proves nothing of a new trust anchor: a chain with a bridge is accepted by whoever trusts the
 * old one. The names that a server sends with its CertificateRequest are its pool (RFC 5246 §7.4.4, RFC 8446 §4.2.4).
 */
export function findPoolDemands(
  service: DesiredService,
  fact: ServiceFact,
  context: ServiceContext,
): Demand[] {
  return findFaults(service, fact, context).flatMap(({ effect, fault, isMendable }): Demand[] =>
    effect === 'hot' || !isMendable
      ? []
      : [{ effect, reason: { code: 'pool-differs', message: fault, source: service.source } }],
  )
}

/** It started after its file was written, and trusts otherwise: it reads another one, and to tell it once more mends nothing. */
export function findPoolContradiction(
  service: DesiredService,
  fact: ServiceFact,
  context: ServiceContext,
): string | undefined {
  return findFaults(service, fact, context).find(({ isMendable }) => !isMendable)?.fault
}

interface Fault {
  readonly effect: ServiceEffect
  /** Completes "it …". */
  readonly fault: string
  readonly isMendable: boolean
}

/** At most one for each authority that it uses. */
function findFaults({ uses, host }: DesiredService, fact: ServiceFact, { pairs }: ServiceContext): Fault[] {
  const { startedMs, begun } = fact
  return uses.flatMap(({ pair, effect }): Fault[] => {
    const difference = pairs.get(pair)
    if (difference?.pair.kind !== 'authority' || effect === 'hot' || mayWaitForRestart(difference)) return []
    const [fault] = findPoolFaults(difference, host, fact)
    if (fault === undefined) return []
    const writtenMs = findMain(difference, host)?.stat.modifiedMs ?? Number.POSITIVE_INFINITY
    const isMendable = begun !== undefined || startedMs === undefined || startedMs <= writtenMs
    return [{ effect, fault, isMendable }]
  })
}

/** It names all that is in the file, and nobody whom the rotation takes away: it has read the file as it is. */
export function isPoolProved(
  pair: PairId,
  service: DesiredService,
  fact: ServiceFact,
  { pairs }: ServiceContext,
): boolean {
  const difference = pairs.get(pair)
  const named = findNamed(fact, [])
  if (!difference || named.length === 0 || isAmbiguous(findFile(difference, service.host))) return false
  return findPoolFaults(difference, service.host, fact).length === 0
}

/**
 * The policy leaves it to whatever restarts the service next: all that is presented to it is accepted until then. Where a
 * host that holds the authority is out of sight, nobody knows whether it is so far.
 */
export function mayWaitForRestart(difference: PairDifference | undefined): boolean {
  if (difference?.pair.rotation?.distrust !== 'next_restart') return false
  const { pair, rotation, placements } = difference
  if (rotation) return !rotation.isAtOnce && ['distrust', 'finish'].includes(rotation.phase)
  const seen = new Set(placements.map(({ placement }) => placement.host))
  return pair.placements.some(({ waiting, host }) => waiting && !seen.has(host))
}

function findPoolFaults(
  { rotation, ...difference }: PairDifference,
  host: string,
  fact: ServiceFact,
): string[] {
  const file = findFile(difference, host)
  const gone = [rotation?.wanted, rotation?.other].filter(
    (each) => each !== undefined && !file.some(({ subjectDer }) => subjectDer === each.subjectDer),
  )
  const about = [...file, ...gone].flatMap((each) => each?.subjectDer ?? [])
  return findNamed(fact, about).flatMap((names) => [
    ...file
      .filter(({ subjectDer }) => !names.includes(subjectDer))
      .map(({ subject }) => `does not trust ${formatName(subject)}, which its file holds`),
    ...gone.flatMap((each) =>
      each && names.includes(each.subjectDer)
        ? [`trusts ${formatName(each.subject)}, which its file does not hold`]
        : [],
    ),
  ])
}

/**
 * One list for each address; who names nobody trusts somebody all the same, and proves nothing. One that names none of
 * those whom it is about speaks for another authority, where another address does name one.
 */
function findNamed({ trust = [] }: ServiceFact, about: readonly string[]): (readonly string[])[] {
  const all = trust.flatMap((each) => (each.kind === 'named' && each.names.length > 0 ? [each.names] : []))
  const own = all.filter((names) => names.some((name) => about.includes(name)))
  return own.length > 0 ? own : all
}

function findFile(difference: Pick<PairDifference, 'placements'>, host: string): readonly Certificate[] {
  return findMain(difference, host)?.certificates ?? []
}

function findMain(difference: Pick<PairDifference, 'placements'>, host: string): CertificateFile | undefined {
  const files = findPlacement(difference, host)?.files ?? []
  const main = files.find(({ copy, what }) => copy === 0 && what === 'certificate')
  return main?.what === 'certificate' && main.fact.kind === 'certificate' ? main.fact : undefined
}

/** Two of one name cannot be told apart by names. */
function isAmbiguous(file: readonly Certificate[]): boolean {
  return file.length === 0 || new Set(file.map(({ subjectDer }) => subjectDer)).size < file.length
}
