// A trust anchor where it is in use, while a rotation of it is on its way or is to begin. Decides only.
import type { CertificateFact } from '../../model/actual.ts'
import type { Certificate } from '../../model/certificate.ts'
import type { DesiredPair } from '../../model/desired.ts'
import type { PairDifference, Rotation } from '../../model/difference.ts'
import { comparePlacements, type PairContext } from '../pair.ts'
import { rivalsOf } from './context.ts'
import { chainOf, type Follow, noteForeign } from './files.ts'
import { findKey, seenIn } from './generations.ts'

interface InUse {
  /** What stands first in every file of it, with its key where that is held. */
  readonly first: Certificate
  /** This one, and the other generation. */
  readonly generations: readonly Certificate[]
  readonly follow: Follow
  readonly isKept?: (found: CertificateFact) => boolean
  readonly rotation: Rotation
  /** What the other generation has signed is not issued anew for that. */
  readonly keepsOthers: boolean
  readonly notes?: readonly string[]
}

export function compareInUse(
  pair: DesiredPair,
  { first, generations, follow, isKept, rotation, keepsOthers, notes = [] }: InUse,
  context: PairContext,
): PairDifference {
  const { signer = first, bridge } = rotation
  const isSupplied = first === pair.supplied?.certificates[0]
  const chain = chainOf(pair, first)
  const keyOf = (each: Certificate) => findKey(pair, each.publicKey.spkiSha256, seenIn(context))
  const [origin, signing] = [keyOf(first), keyOf(signer)]
  const placements = comparePlacements(
    pair,
    { ...context, follow, ...(isKept ? { isKept } : {}) },
    {
      kind: 'pair',
      certificate: first,
      ...(origin || isSupplied ? { spkiSha256: first.publicKey.spkiSha256 } : {}),
    },
  )
  return {
    pair,
    play: context.play,
    rivals: rivalsOf(pair, generations, context),
    ...(origin ? { origin } : {}),
    current: first,
    chain,
    placements,
    signs: {
      certificate: signer,
      others: keepsOthers ? generations.filter((each) => each !== signer) : [],
      ...(signing ? { origin: signing } : {}),
      ...(bridge ? { bridge } : {}),
    },
    notes: [...notes, ...noteForeign(placements, [...generations, ...chain])],
    rotation,
  }
}
