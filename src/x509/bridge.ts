import type { Certificate } from '../model/certificate.ts'
import type { IssueProfile } from '../model/plan.ts'
import { findCertificateFaults, findRefusals, type Subordinate, type Superior } from './chain.ts'
import { isSameName } from './name.ts'

/**
 * What a bridge says: a certificate of the new authority (its subject, its key, its key identifier) that the old one has
 * signed (RFC 4210 §4.4 calls it "new with old"). Whoever trusts only the old one accepts with it what the new one signs.
 * It claims no more than either of them may. Throws a RangeError where the old one allows no authority below it.
 */
export function makeBridgeProfile(wanted: IssueProfile, old: Certificate): IssueProfile {
  const [, notBefore = wanted.notBefore] = [wanted.notBefore, old.notBefore].sort()
  const [notAfter = wanted.notAfter] = [wanted.notAfter, old.notAfter].sort()
  const basicConstraints = { ca: true, ...limitLength(wanted, old) }
  return { ...wanted, subjectAltName: [], basicConstraints, notBefore, notAfter }
}

function limitLength(wanted: IssueProfile, old: Certificate): { readonly pathLength?: number } {
  const limits = [
    wanted.basicConstraints.pathLength ?? Infinity,
    (old.basicConstraints.pathLength ?? Infinity) - 1,
  ]
  const pathLength = Math.min(...limits)
  if (pathLength < 0) throw new RangeError('an authority with path length 0 signs no bridge')
  return pathLength === Infinity ? {} : { pathLength }
}

export interface BridgeQuestion {
  readonly old: Certificate
  readonly wanted: IssueProfile
  readonly at: Date
  /** The old one has to be valid for so long: a bridge is worth as much as whom it leads to. */
  readonly minimumDays: number
  /** What the new one signs: each a certificate as it is wanted, then the authorities between, nearest first. */
  readonly below: readonly (readonly [Subordinate, ...Superior[]])[]
}

/** Why there can be no bridge from the old one to the wanted one, completing "because …"; whether its key is at hand is not asked. */
export function findBridgeObstacle(question: BridgeQuestion): string | undefined {
  const { old, wanted } = question
  if (isSameName(wanted.subject, old.subject)) return 'both have the same subject'
  const fault = findOldFault(old)
  if (fault !== undefined) return `the old one ${fault}`
  if (old.basicConstraints.pathLength === 0) return "the old one's path length is 0"
  return findDateObstacle(question) ?? findRefusal(question)
}

function findOldFault(old: Certificate): string | undefined {
  if (!old.basicConstraints.ca) return 'is not a CA'
  if (old.publicKey.type === 'other') return 'has a key of a type that cannot sign'
  return findCertificateFaults(old)[0]?.message
}

function findDateObstacle({ old, at, minimumDays }: BridgeQuestion): string | undefined {
  const left = Date.parse(old.notAfter) - at.getTime()
  if (left <= 0) return `the old one expired ${old.notAfter}`
  if (left < minimumDays * 86_400_000)
    return `the old one expires ${old.notAfter}, in less than ${minimumDays} days`
  return at.getTime() < Date.parse(old.notBefore)
    ? `the old one is not valid before ${old.notBefore}`
    : undefined
}

/** Through a bridge, what the old one demands holds for everything below the new one. */
function findRefusal({ old, wanted, below }: BridgeQuestion): string | undefined {
  const above = [makeBridgeProfile(wanted, old), old] as const
  const paths = [above, ...below.map((each) => [...each, ...above] as const)]
  return paths
    .flatMap((path) => path.flatMap((each, index) => findRefusals(each, path.slice(index + 1))))
    .at(0)
}
