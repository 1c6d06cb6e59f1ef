// What a running service says of whom it trusts, beside the file that it read at its start. Decides only.
import type { ServiceFact } from '../model/actual.ts'
import type { Certificate } from '../model/certificate.ts'
import type { DesiredService, PairId } from '../model/desired.ts'
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
  return service.uses.flatMap(({ pair, effect }): Demand[] => {
    const difference = context.pairs.get(pair)
    if (effect === 'hot' || difference?.pair.kind !== 'authority' || mayWaitForRestart(difference)) return []
    const [fault] = findPoolFaults(difference, service.host, fact)
    if (fault === undefined) return []
    return [{ effect, reason: { code: 'pool-differs', message: fault, source: service.source } }]
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
  const named = findNamed(fact)
  if (!difference || named.length === 0 || isAmbiguous(findFile(difference, service.host))) return false
  return findPoolFaults(difference, service.host, fact).length === 0
}

/** The policy leaves it to whatever restarts the service next: all that is presented to it is accepted until then. */
export function mayWaitForRestart(difference: PairDifference | undefined): boolean {
  const rotation = difference?.rotation
  if (difference?.pair.rotation?.distrust !== 'next_restart' || !rotation || rotation.isAtOnce) return false
  return rotation.phase === 'distrust' || rotation.phase === 'finish'
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
  return findNamed(fact).flatMap((names) => [
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

/** One list for each address; who names nobody trusts somebody all the same, and proves nothing. */
function findNamed({ trust = [] }: ServiceFact): (readonly string[])[] {
  return trust.flatMap((each) => (each.kind === 'named' && each.names.length > 0 ? [each.names] : []))
}

function findFile(difference: Pick<PairDifference, 'placements'>, host: string): readonly Certificate[] {
  const files = findPlacement(difference, host)?.files ?? []
  const main = files.find(({ copy, what }) => copy === 0 && what === 'certificate')
  return main?.what === 'certificate' && main.fact.kind === 'certificate' ? main.fact.certificates : []
}

/** Two of one name cannot be told apart by names. */
function isAmbiguous(file: readonly Certificate[]): boolean {
  return file.length === 0 || new Set(file.map(({ subjectDer }) => subjectDer)).size < file.length
}
