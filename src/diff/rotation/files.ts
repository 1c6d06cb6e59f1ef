// What the files of a trust anchor hold in a phase: whom to trust besides the one that stands first. Pure.
import type { CertificateFact } from '../../model/actual.ts'
import type { Certificate } from '../../model/certificate.ts'
import type { RotationPhase } from '../../model/difference.ts'
import type { Generations } from './generations.ts'

/** What follows the first certificate of a file, given what is there. */
export type Follow = (found: CertificateFact) => readonly Certificate[]

/** Intermediates, and whatever somebody has put there to be trusted: it is no business of ours to take that away. */
export function keepForeign(
  first: Certificate,
  chain: readonly Certificate[],
  known: readonly Certificate[] = [],
): Follow {
  const own = new Set([first, ...chain, ...known].map(({ fingerprint }) => fingerprint))
  return (found) => [...chain, ...findForeign(found, own)]
}

export function findForeign(found: CertificateFact, own: ReadonlySet<string>): Certificate[] {
  if (found.kind !== 'certificate') return []
  return found.certificates
    .slice(1)
    .filter(({ fingerprint, basicConstraints }) => basicConstraints.ca && !own.has(fingerprint))
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
