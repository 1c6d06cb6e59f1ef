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

/** Holders of the key come first, each with what is in place there; copies have a say only where nothing is. */
function findAuthority(
  { placements }: DesiredPair,
  wholes: readonly Candidate[],
  { keys, certificates }: Parts,
): Candidate | undefined {
  const all = [...keys, ...certificates]
  const inPlace = all.filter(({ copy }) => copy === 0)
  const holders = placements.filter(({ privateKey }) => privateKey)
  for (const holder of [...holders, ...placements.filter(({ privateKey }) => !privateKey)]) {
    const own = inPlace.filter(({ placement }) => placement === holder).map(({ spkiSha256 }) => spkiSha256)
    const found = wholes.find((each) => own.includes(spkiOf(each) ?? ''))
    if (found) return found
  }
  const isOneMind = new Set(all.map(({ spkiSha256 }) => spkiSha256)).size === 1
  // Whoever may write to a folder of copies could make himself the authority.
  return inPlace.length === 0 && isOneMind && all.every(({ isTrusted }) => isTrusted) ? wholes[0] : undefined
}

/** Which key it has. */
export function spkiOf({ comparison: { privateKey } }: Candidate): string | undefined {
  return privateKey.kind === 'private-key' ? privateKey.publicKey.spkiSha256 : undefined
}
