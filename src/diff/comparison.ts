import type { CertificateFact, PrivateKeyFact } from '../model/actual.ts'
import type { Certificate, PublicKey } from '../model/certificate.ts'
import type { Reason } from '../model/change.ts'
import type { DesiredPair } from '../model/desired.ts'
import type { Source } from '../model/source.ts'
import type { Superior } from '../x509/chain.ts'

/** What a check is given: one pair as it is wanted, as it is at one place, and the instant to judge it at. */
export interface Comparison {
  readonly pair: DesiredPair
  /** The paths, for messages. */
  readonly certificatePath: string
  readonly privateKeyPath: string
  readonly certificate: CertificateFact
  readonly privateKey: PrivateKeyFact
  /** Absent: the pair signs itself, is supplied, or its authority cannot be told. */
  readonly authority?: AuthorityState
  readonly at: Date
}

/** The authority that has to have signed a pair, as it will be once the plan is applied. */
export interface AuthorityState {
  readonly name: string
  /** Absent: this plan issues it anew. */
  readonly certificate?: Certificate
  /** What these have signed is in order as well. */
  readonly others?: readonly Certificate[]
  readonly notBefore: Date
  readonly notAfter: Date
  /** The authority and those above it, nearest first, as far as they are known: as they are, or as they will be issued. */
  readonly superiors: readonly Superior[]
}

/** One reason. Pure; undefined means that nothing is wrong. */
export type Check = (comparison: Comparison) => Reason | undefined

export function findCertificate(comparison: Comparison): Certificate | undefined {
  return comparison.certificate.kind === 'certificate' ? comparison.certificate.certificates[0] : undefined
}

export function findPublicKey(comparison: Comparison): PublicKey | undefined {
  return comparison.privateKey.kind === 'private-key' ? comparison.privateKey.publicKey : undefined
}

/** The line of the policy behind a field of the pair. */
export function sourceOf(pair: DesiredPair, field: string): Source {
  return pair.fieldSources[field] ?? pair.source
}
