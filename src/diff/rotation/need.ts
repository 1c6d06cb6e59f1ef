// Whether a trust anchor needs a successor, and what would have to be there to make one. Decides only.
import type { Certificate } from '../../model/certificate.ts'
import type { Reason } from '../../model/change.ts'
import type { DesiredPair } from '../../model/desired.ts'
import { type Choice, choose } from '../choice.ts'
import { findCertificate } from '../comparison.ts'
import { mayRead } from '../holds/hold.ts'
import type { PairContext } from '../pair.ts'
import { listParts } from '../parts.ts'
import { isSameIssuer } from '../same-issuer.ts'

export interface Need {
  /** What is in use until all have followed. */
  readonly present: Certificate
  readonly reasons: readonly Reason[]
}

/** Undefined: it is in order, or nobody would be left behind by another one in its place. */
export function findNeed(pair: DesiredPair, context: PairContext): Need | undefined {
  const choice = choose(pair, context, context.holds)
  if (choice.kind === 'keep') return undefined
  const present = findPresent(pair, choice, context)
  if (!present || !isTrusted(pair, present, context)) return undefined
  const reasons = choice.kind === 'issue' ? choice.at.reasons : choice.withheld.reasons
  return reasons.length === 0 ? undefined : { present, reasons }
}

/** What serves, or what is trusted all the same although its key is lost. */
function findPresent(pair: DesiredPair, choice: Choice, context: PairContext): Certificate | undefined {
  const serving = choice.kind === 'issue' ? choice.at : choice.kind === 'wait' ? choice.from : undefined
  const found = serving && findCertificate(serving.comparison)
  if (found?.basicConstraints.ca && isValid(found, context.at)) return found
  const { certificates } = listParts(pair, context.actual, (host) => mayRead(context.holds, host))
  const alive = certificates
    .filter(({ copy }) => copy === 0)
    .map(({ certificate }) => certificate.certificates[0])
    .filter((each) => isValid(each, context.at) && each.basicConstraints.ca)
  const [first, ...others] = alive
  if (first) return others.every((each) => each.fingerprint === first.fingerprint) ? first : undefined
  // What has expired is not exchanged in passing either: whoever has it would be cut off from whoever has the next one.
  const isExpired = found?.basicConstraints.ca && context.at.getTime() > Date.parse(found.notAfter)
  return isExpired ? found : undefined
}

function isValid({ notBefore, notAfter }: Certificate, at: Date): boolean {
  const now = at.getTime()
  return now >= Date.parse(notBefore) && now <= Date.parse(notAfter)
}

/** Somebody besides itself counts on it: another place has it, something that it has signed is there, a service reads it. */
function isTrusted(
  pair: DesiredPair,
  present: Certificate,
  { actual, signs, services }: PairContext,
): boolean {
  const holds = (host: string, path: string, isIt: (certificate: Certificate) => boolean) => {
    const fact = actual.hosts[host]
    const file = fact?.kind === 'observed' ? fact.certificates[path] : undefined
    return file?.kind === 'certificate' && isIt(file.certificates[0])
  }
  const places = pair.placements.filter(({ host, certificate }) =>
    holds(host, certificate.path, (each) => isSameIssuer(each, present)),
  )
  const isUsed = services.some(({ uses }) => uses.some((use) => use.pair === pair.id))
  return (
    (places.length > 0 && isUsed) ||
    places.length > 1 ||
    signs.some(({ placements }) =>
      placements.some(({ host, certificate }) =>
        holds(host, certificate.path, ({ issuerDer }) => issuerDer === present.subjectDer),
      ),
    )
  )
}
