// What can be put together of a pair from all places, where none of them holds it whole and in order.
import type { DesiredPair } from '../model/desired.ts'
import { type Candidate, type CandidateContext, judge } from './candidates.ts'
import type { CertificatePart, KeyPart, Parts } from './parts.ts'

/**
 * A key and a certificate that belong together and are fit, from wherever they are. Of a leaf, any that its authority
 * has signed. An authority is its key: only what belongs to what is still in place on some host is that authority.
 */
export function findRemains(
  pair: DesiredPair,
  context: CandidateContext,
  parts: Parts,
  isFit: (candidate: Candidate) => boolean,
): Candidate | undefined {
  // Whoever should have signed it cannot be told: then it may be anybody's.
  if (pair.authority !== undefined && !context.authority) return undefined
  const wholes = findWholes(pair, context, parts).filter(isFit)
  return pair.kind === 'authority' ? findAuthority(pair, wholes, parts) : wholes[0]
}

function findWholes(
  pair: DesiredPair,
  context: CandidateContext,
  { keys, certificates }: Parts,
): Candidate[] {
  const distinct = [...new Map(certificates.map((each) => [each.certificate.sha256, each])).values()]
  return keys.flatMap((key) =>
    distinct
      .filter(({ spkiSha256 }) => spkiSha256 === key.spkiSha256)
      .map((certificate) => join(pair, key, certificate, context)),
  )
}

export function join(
  pair: DesiredPair,
  { placement, key, path }: KeyPart,
  { certificate, path: certificatePath }: CertificatePart,
  context: CandidateContext,
): Candidate {
  return judge(pair, placement, { key, path }, { certificate, certificatePath }, context)
}

/**
 * What is in place where its key is held says which one it is. Where nothing is, those who only trust it have to be of
 * one mind, or any of them could make itself the authority of all; where they have nothing either, the copies.
 */
function findAuthority(
  { placements }: DesiredPair,
  wholes: readonly Candidate[],
  { keys, certificates }: Parts,
): Candidate | undefined {
  const all = [...keys, ...certificates]
  const inPlace = all.filter(({ copy }) => copy === 0)
  const held = placements
    .filter(({ privateKey }) => privateKey)
    .flatMap((holder) => inPlace.filter(({ placement }) => placement === holder))
  if (held.length > 0) {
    const known = held.map(({ spkiSha256 }) => wholes.find((each) => spkiOf(each) === spkiSha256))
    return known.find((each) => each !== undefined)
  }
  const left = inPlace.length > 0 ? inPlace : all
  const [spkiSha256, ...others] = new Set(left.map((each) => each.spkiSha256))
  // Whoever may write to a folder of copies could make himself the authority.
  const isTold = others.length === 0 && (left === inPlace || left.every(({ isTrusted }) => isTrusted))
  return isTold ? wholes.find((each) => spkiOf(each) === spkiSha256) : undefined
}

/** Which key it has. */
export function spkiOf({ comparison: { privateKey } }: Candidate): string | undefined {
  return privateKey.kind === 'private-key' ? privateKey.publicKey.spkiSha256 : undefined
}
