// Which way a rotation goes: behind a bridge, or with a bundle. Decides only.
import type { Certificate } from '../../model/certificate.ts'
import type { DesiredPair, PairId } from '../../model/desired.ts'
import { findBridgeObstacle } from '../../x509/bridge.ts'
import { nextSubject } from '../../x509/generation.ts'
import { isIssuedBy } from '../../x509/verify.ts'
import type { PairContext } from '../pair.ts'
import { plannedWindow } from '../validity.ts'
import type { Generations } from './generations.ts'

export interface Bridging {
  readonly method: 'bridge' | 'bundle'
  readonly why: string
  readonly bridge?: Certificate
}

/** Of a rotation that is on its way: what lies beside the key says which way it goes. */
export function findMethod(generations: Generations, { at }: Pick<PairContext, 'at'>): Bridging {
  const { wanted, other } = generations
  const bridge = findBridge(wanted, generations, at)
  if (bridge) return { method: 'bridge', why: 'the new one is signed by the old one as well', bridge }
  return { method: 'bundle', why: other ? 'the new one is not signed by the old one' : 'the old one is gone' }
}

/** A certificate for the same name and key that another generation has signed, and that is still good. */
export function findBridge(
  signer: Certificate,
  { wanted, other, bridges }: Generations,
  at: Date,
): Certificate | undefined {
  const others = [wanted, other].filter((each) => each !== undefined && each !== signer)
  return bridges.find(
    (bridge) =>
      bridge.subjectDer === signer.subjectDer &&
      bridge.publicKey.spkiSha256 === signer.publicKey.spkiSha256 &&
      at.getTime() <= Date.parse(bridge.notAfter) &&
      others.some(
        (each) =>
          each !== undefined &&
          at.getTime() <= Date.parse(each.notAfter) &&
          (each.basicConstraints.pathLength ?? 1) >= 1 &&
          isIssuedBy(bridge, each).issued,
      ),
  )
}

interface Ways {
  /** Whether the present one can still sign. */
  readonly hasKey: boolean
  readonly context: PairContext
}

interface ChosenMethod extends Omit<Bridging, 'bridge'> {
  /** What the policy wants cannot be done. */
  readonly refused?: string
  /** The bridge that is to be made together with the next one. */
  readonly crossSign?: PairId
}

/** Of a rotation that is about to begin. */
export function chooseMethod(
  pair: DesiredPair,
  present: Certificate,
  { hasKey, context }: Ways,
): ChosenMethod {
  const method = pair.rotation?.method ?? 'auto'
  if (method === 'bundle') return { method: 'bundle', why: 'the policy says so' }
  const obstacle = hasKey ? findObstacle(pair, present, context) : 'the key of the present one is not at hand'
  if (obstacle === undefined) {
    const why = method === 'bridge' ? 'the policy says so' : 'the present one can sign it'
    return { method: 'bridge', why, crossSign: pair.id }
  }
  if (method === 'auto') return { method: 'bundle', why: obstacle }
  return { method: 'bundle', why: obstacle, refused: `there can be no bridge: ${obstacle}` }
}

/** The old one has to be of some use still: behind a bridge, everybody trusts it until the end. */
const minimumDays = 7

function findObstacle(pair: DesiredPair, old: Certificate, context: PairContext): string | undefined {
  const { keyUsage, extendedKeyUsage, subjectAltName, basicConstraints } = pair
  const { notBefore, notAfter } = plannedWindow(pair, undefined, context.at)
  const wanted = {
    subject: nextSubject(pair.subject, context.at),
    subjectAltName,
    keyUsage,
    extendedKeyUsage,
    basicConstraints,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
  }
  const leaves = new Map(context.leaves.map((leaf) => [leaf.id, leaf]))
  const below = context.leaves.map((leaf) => [leaf, ...findAbove(leaf, leaves)] as const)
  return findBridgeObstacle({ old, wanted, at: context.at, minimumDays, below })
}

/** The intermediates between it and the trust anchor, nearest first. */
function findAbove({ authority }: DesiredPair, among: ReadonlyMap<PairId, DesiredPair>): DesiredPair[] {
  const above = authority === undefined ? undefined : among.get(authority)
  return above ? [above, ...findAbove(above, among)] : []
}
