// Other authorities that stand where the chosen one is to be: to make all places agree takes them away.
import type { DesiredPair } from '../model/desired.ts'
import type { Rival } from '../model/difference.ts'
import { type CandidateContext, judge } from './candidates.ts'
import type { CertificatePart, Parts } from './parts.ts'
import { join } from './remains.ts'

/**
 * In place where its key is held: in order, or what is left of one that was. In copies: whole and in order, and not
 * planted there. What is due is none: it is the generation before, which some host has still to give up.
 * `own`: the keys of what is chosen, of both while another one takes its place.
 */
export function findRivals(
  pair: DesiredPair,
  own: ReadonlySet<string | undefined>,
  parts: Parts,
  context: CandidateContext,
): Rival[] {
  if (pair.kind !== 'authority') return []
  const isOther = ({ spkiSha256 }: { readonly spkiSha256: string }) => !own.has(spkiSha256)
  return pair.placements.flatMap((placement) =>
    [placement, ...placement.copies].flatMap(({ privateKey }, copy): Rival[] => {
      const isHere = (each: { readonly placement: object; readonly copy: number }) =>
        each.placement === placement && each.copy === copy
      const key = parts.keys.find(isHere)
      const certificate = parts.certificates.find(isHere)
      if (!privateKey) return []
      const isWhole = key !== undefined && key.spkiSha256 === certificate?.spkiSha256
      if (isWhole) {
        const isTaken = copy === 0 || (key.isTrusted && certificate.isTrusted)
        const isInOrder = join(pair, key, certificate, context).reasons.length === 0
        return isTaken && isOther(key) && isInOrder ? [{ placement, copy, path: certificate.path }] : []
      }
      if (copy > 0) return []
      const isCertified = certificate && isOther(certificate) && isInOrderAlone(pair, certificate, context)
      const found = isCertified ? certificate : key && isOther(key) ? key : undefined
      return found ? [{ placement, copy, path: found.path }] : []
    }),
  )
}

/** A certificate whose key is lost, judged as if it were not. */
function isInOrderAlone(pair: DesiredPair, part: CertificatePart, context: CandidateContext): boolean {
  const { certificate, path, placement } = part
  const { publicKey } = certificate.certificates[0]
  const key = { kind: 'private-key', stat: certificate.stat, publicKey, encrypted: false } as const
  return (
    judge(pair, placement, { key, path }, { certificate, certificatePath: path }, context).reasons.length ===
    0
  )
}
