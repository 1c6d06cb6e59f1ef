// What the files of a trust anchor hold in a phase: whom to trust besides the one that stands first. Pure.
import type { CertificateFact } from '../../model/actual.ts'
import type { Certificate } from '../../model/certificate.ts'
import type { DesiredPair } from '../../model/desired.ts'
import type { PlacementDifference, RotationPhase } from '../../model/difference.ts'
import { formatName } from '../../x509/name.ts'
import type { Generations } from './generations.ts'

/** What follows the first certificate of a file, given what is there. */
export type Follow = (found: CertificateFact) => readonly Certificate[]

/** The authorities above one that somebody supplies, as his file has them. */
export function chainOf({ supplied }: DesiredPair, first: Certificate): readonly Certificate[] {
  return first === supplied?.certificates[0] ? supplied.certificates.slice(1) : []
}

/**
 * The chain, and whatever somebody has put beside one of ours to be trusted: it is no business of ours to take that away.
 * A file that holds none of ours has been exchanged, and is put right.
 */
export function keepForeign(
  first: Certificate,
  chain: readonly Certificate[],
  generations: readonly Certificate[] = [],
): Follow {
  const ours = new Set([first, ...generations].map(({ fingerprint }) => fingerprint))
  const above = new Set(chain.map(({ fingerprint }) => fingerprint))
  return (found) => {
    const there = found.kind === 'certificate' ? found.certificates : []
    if (!there.some(({ fingerprint }) => ours.has(fingerprint))) return chain
    const foreign = there.filter(
      ({ fingerprint, basicConstraints }) =>
        basicConstraints.ca && !ours.has(fingerprint) && !above.has(fingerprint),
    )
    return [...chain, ...foreign]
  }
}

interface Given {
  readonly generations: Generations
  readonly phase: RotationPhase
  readonly advances: boolean
  /** Which of the two stands first. */
  readonly first: Certificate
  readonly chain: readonly Certificate[]
}

/** Without leave to advance, a file trusts whom it trusts. */
export function followPhase({ generations, phase, advances, first, chain }: Given): Follow {
  const { wanted, other } = generations
  const second = first === wanted ? other : wanted
  const others = [wanted, ...(other ? [other] : [])]
  const foreign = keepForeign(first, chain, others)
  if (!second) return foreign
  const isAdded = phase === 'trust' && advances && second === wanted
  const isTaken = (phase === 'distrust' || phase === 'finish') && advances && second === other
  return (found) => {
    const isThere =
      found.kind === 'certificate'
        ? found.certificates.some(({ fingerprint }) => fingerprint === second.fingerprint)
        : phase === 'trust' || phase === 'sign'
    const isWanted = isAdded || (isThere && !isTaken)
    return [...chain, ...(isWanted ? [second] : []), ...foreign(found).slice(chain.length)]
  }
}

/** Whom else somebody has made a file trust: it is told, and left alone. */
export function noteForeign(
  placements: readonly PlacementDifference[],
  own: readonly Certificate[],
): string[] {
  const known = new Set(own.map(({ fingerprint }) => fingerprint))
  return placements.flatMap(({ placement, files }) =>
    files.flatMap(({ file, followedBy = [] }) => {
      const names = followedBy
        .filter(({ fingerprint }) => !known.has(fingerprint))
        .map(({ subject }) => formatName(subject))
      return names.length === 0
        ? []
        : [`${file.path} on ${placement.host} trusts ${names.join(' and ')} as well, which is kept`]
    }),
  )
}
