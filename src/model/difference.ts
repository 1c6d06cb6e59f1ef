import type { CertificateFact, PrivateKeyFact } from './actual.ts'
import type { Certificate } from './certificate.ts'
import type { Problem, Reason } from './change.ts'
import type { DesiredFile, DesiredPair, DesiredService, Placement } from './desired.ts'

/** Everything in which the hosts differ from what is wanted. Reasons explain; the verdicts beside them steer. */
export interface Difference {
  readonly pairs: readonly PairDifference[]
  readonly services: readonly ServiceDifference[]
  readonly problems: readonly Problem[]
  /** Hosts that must not be touched: unreachable, or with a problem. */
  readonly blockedHosts: ReadonlySet<string>
  /** Those among them that another run is at work on, or that need something from one of those, and nothing worse. */
  readonly heldHosts: ReadonlySet<string>
  /** Those among them that are blocked for nothing but a guard: what it refuses is shown. */
  readonly guardedHosts: ReadonlySet<string>
}

export interface PairDifference {
  readonly pair: DesiredPair
  /** Index of its play. */
  readonly play: number
  /** The placement that the others copy from, or where a new pair is born. Absent when no host can tell. */
  readonly origin?: Placement
  /** A new certificate is needed; absent: the one at the origin stays. */
  readonly issue?: PlannedIssue
  /** The certificate at the origin now, or the supplied one; without `issue`, what every place must hold. */
  readonly current?: Certificate
  /** Certificates above this pair's own that belong into its file, nearest first, when they are known. */
  readonly chain: readonly Certificate[]
  readonly placements: readonly PlacementDifference[]
  readonly notes: readonly string[]
}

export interface PlannedIssue {
  readonly reasons: readonly Reason[]
  /** The existing private key stays. */
  readonly reuseKey: boolean
  readonly notBefore: Date
  readonly notAfter: Date
}

export interface PlacementDifference {
  readonly placement: Placement
  /** Differences of this placement beyond the issue reasons. */
  readonly reasons: readonly Reason[]
  readonly files: readonly FileDifference[]
}

export type FileDifference = {
  /** With the mode that it is to have in the end. */
  readonly file: DesiredFile
  /** One of the pair's further places on this host. */
  readonly copy: boolean
  /** `metadata`: owner, group or mode only. */
  readonly write: 'content' | 'metadata' | 'nothing'
} & (
  | { readonly what: 'certificate'; readonly fact: CertificateFact }
  | { readonly what: 'private-key'; readonly fact: PrivateKeyFact }
)

export interface ServiceDifference {
  readonly service: DesiredService
  readonly play: number
  readonly action: 'restart' | 'reload' | 'verify' | 'none'
  readonly reasons: readonly Reason[]
  /** The service runs and its probe says nothing against it. False keeps an alarm from being cleared. */
  readonly proved: boolean
  readonly notes: readonly string[]
}
