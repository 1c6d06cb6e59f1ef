import type { CertificateFact, PrivateKeyFact } from './actual.ts'
import type { Certificate } from './certificate.ts'
import type { Problem, Reason } from './change.ts'
import type { DesiredFile, DesiredPair, DesiredService, PairId, Placement } from './desired.ts'

/**
 * Everything in which the hosts differ from what is wanted. Reasons explain; the verdicts beside them steer. What has to
 * wait stands beside what will be done, as `withheld`, and why in the problems.
 */
export interface Difference {
  readonly pairs: readonly PairDifference[]
  readonly services: readonly ServiceDifference[]
  readonly problems: readonly Problem[]
  /** Hosts on which nothing is done: unreachable, held by another run, or with a problem of the whole host. */
  readonly idleHosts: ReadonlySet<string>
  /** Hosts that cannot be worked on as they should be: those, and all that have a problem. */
  readonly lostHosts: ReadonlySet<string>
  /** What would be done if nothing were held back; absent: nothing is. */
  readonly unhindered?: Pick<Difference, 'pairs' | 'services'>
  /** What would be done if no guard refused anything; absent: none does. */
  readonly unguarded?: Pick<Difference, 'pairs' | 'services'>
}

export interface PairDifference {
  readonly pair: DesiredPair
  /** Index of its play. */
  readonly play: number
  /** Where the others copy from, or where a new pair is born. Absent when no host can tell. */
  readonly origin?: Origin
  /** A new certificate is made; absent: the one at the origin stays. */
  readonly issue?: PlannedIssue
  /** A new certificate that is needed, or may be, and is not made in this run. */
  readonly withheld?: WithheldIssue
  /** Where another authority than the one at the origin stands: in order, or with its certificate or key alone. */
  readonly rivals: readonly Rival[]
  /** The certificate at the origin now, or the supplied one; without `issue`, what every place must hold. */
  readonly current?: Certificate
  /** Certificates above this pair's own that belong into its file, nearest first; absent: they are not known. */
  readonly chain?: readonly Certificate[]
  /** Those whose host can be seen. */
  readonly placements: readonly PlacementDifference[]
  readonly notes: readonly string[]
  /** Of an authority whose successor is on its way: who signs in the meantime. Absent: the one that is in use. */
  readonly signs?: Signing
  /** Of a trust anchor that another is about to take the place of, or has. */
  readonly rotation?: Rotation
}

export interface Signing {
  readonly certificate: Certificate
  /** Where its key is; absent: in no file of a host. */
  readonly origin?: Origin
  /** What these have signed stays in use as well. */
  readonly others: readonly Certificate[]
  /** Follows whatever it signs in its file. */
  readonly bridge?: Certificate
}

/**
 * How far one trust anchor has taken the place of another, derived from what is seen and from nothing else. Going back is
 * the same with the two exchanged.
 */
export interface Rotation {
  /** `bridge`: chains of the new one hold a certificate of it that the old one has signed. */
  readonly method: 'bridge' | 'bundle'
  /** Why this one: "its path length is 0". */
  readonly why: string
  readonly phase: RotationPhase
  /** Whether this run may carry out the phase. Otherwise it only keeps what has been reached. */
  readonly advances: boolean
  /** Whom all are to trust in the end, and whom no longer. Absent: it is yet to be made; it has been taken away. */
  readonly wanted?: Certificate
  readonly other?: Certificate
  /** Whose key signs what is issued now. */
  readonly signer?: Certificate
  /** Appended to what the signer signs, so that whoever trusts only the other one accepts it. */
  readonly bridge?: Certificate
  /** Without an overlap: everything is exchanged and told together. */
  readonly isAtOnce?: true
  /** In `prepare`: why there has to be another one; empty where somebody asked for it. */
  readonly reasons?: readonly Reason[]
  /** Why it cannot be carried out at all, and completes "REFUSED: …". */
  readonly refused?: string
  readonly hosts: readonly RotationHost[]
  /** What the next phase waits for. */
  readonly waits: readonly RotationWait[]
  /** Since when a successor has been on its way. */
  readonly since?: Date
  readonly isOverdue: boolean
}

/**
 * `prepare`: the new one is made, beside the old one. `trust`: all trust both (bundle). `sign`: what the authority signs
 * is signed by the new one. `distrust`: all trust the new one only. `finish`: what is left over is taken away.
 * `turn`: wanted and to be distrusted exchange their places (`--back`).
 */
export const rotationPhases = ['prepare', 'turn', 'trust', 'sign', 'distrust', 'finish'] as const
export type RotationPhase = (typeof rotationPhases)[number]

/** Where one host stands. */
export interface RotationHost {
  readonly host: string
  /** What its file trusts. */
  readonly file: Trusted
  readonly pools: readonly RotationPool[]
  /** Of certificates on disk and of those that are served. */
  readonly leaves: readonly RotationLeaf[]
}

/** `unknown`: it could not be looked at; `neither`: another one, or nothing. */
export type Trusted = 'old' | 'both' | 'new' | 'neither' | 'unknown'

export interface RotationPool {
  readonly service: string
  readonly trusts: Trusted
  /** `named`: it says so itself. `inferred`: it started after its file was written. `file`: it reads the file each time. */
  readonly known: 'named' | 'inferred' | 'file' | 'stopped' | 'unknown'
}

export interface RotationLeaf {
  readonly name: string
  readonly where: 'disk' | 'served'
  readonly signedBy: 'old' | 'new' | 'neither' | 'unknown'
}

export interface RotationWait {
  readonly host: string
  readonly service?: string
  readonly what: 'file' | 'pool' | 'leaf' | 'unobserved' | 'unhealthy' | 'key'
  /** Completes "waits for …". */
  readonly message: string
}

export interface Rival {
  readonly placement: Placement
  /** 0: in place; from 1: in which copy. */
  readonly copy: number
  readonly path: string
}

/** A key and its certificate, on one host. */
export interface Origin {
  readonly host: string
  readonly placement: Placement
  readonly privateKeyPath: string
  /** The key that is there, and what its certificate may be used for. */
  readonly usable: boolean
}

export interface WithheldIssue {
  /** Empty where it cannot be told. */
  readonly reasons: readonly Reason[]
  /**
   * `held`: something is to be mended or allowed first. `unseen`: hosts that may hold the key cannot be asked.
   * `left-alone`: hosts that would have to get the new pair are not touched. `outside-limit`: nor are those.
   * `cannot-follow`: what the authority has signed would be left with the old one.
   */
  readonly why: 'held' | 'unseen' | 'left-alone' | 'outside-limit' | 'cannot-follow'
  /** Which hosts; empty with `held`. */
  readonly hosts: readonly string[]
  /** With `cannot-follow`, what: `server on node-2`. */
  readonly followers?: readonly string[]
}

export interface PlannedIssue {
  readonly reasons: readonly Reason[]
  /** The existing private key stays. */
  readonly reuseKey: boolean
  /** The new authority is signed by this one as well. */
  readonly crossSign?: PairId
  readonly notBefore: Date
  readonly notAfter: Date
}

export interface PlacementDifference {
  readonly placement: Placement
  /** From when on the certificate that is there is due to be renewed; absent: there is none, or nobody renews it. */
  readonly dueAt?: Date
  readonly files: readonly FileDifference[]
}

export type FileDifference = {
  /** With the mode that it is to have in the end. */
  readonly file: DesiredFile
  /** Of the pair's further places on this host, which: from 1; 0: its own. */
  readonly copy: number
  readonly write: FileWrite
  /** What would be written, and is not in this run. */
  readonly withheld?: Exclude<FileWrite, 'nothing'>
  /** It holds the same trust anchors in another order: nobody need read it again. */
  readonly isReordered?: boolean
  /** What comes after the first certificate of the file, where that is not what `PairDifference.chain` says. */
  readonly followedBy?: readonly Certificate[]
  /** Where on this host the key is that it is to hold; absent: at the pair's origin. */
  readonly source?: string
  /** Beyond those for a new certificate. */
  readonly reasons: readonly Reason[]
} & (
  | { readonly what: 'certificate'; readonly fact: CertificateFact }
  | { readonly what: 'private-key'; readonly fact: PrivateKeyFact }
)

/** `metadata`: owner, group or mode only. `removal`: nothing is to be there. */
export type FileWrite = 'content' | 'metadata' | 'removal' | 'nothing'

export interface ServiceDifference {
  readonly service: DesiredService
  readonly play: number
  readonly action: ServiceAction
  /** What it would be told, and is not in this run. */
  readonly withheld?: Exclude<ServiceAction, 'none'>
  /** With `verify`: what one more question may find mended. */
  readonly reasons: readonly Reason[]
  /** What is wrong with what it serves, and nothing that certwright may tell it would mend. */
  readonly unfit: readonly string[]
  /** What will be, once all is done that is planned, and only somebody else can tell it. */
  readonly toDo: readonly string[]
  /** Of one that may be asked whom it trusts, while another trust anchor takes the place of one. */
  readonly anchors?: readonly AskedAnchor[]
  /** The service runs and its probe says nothing against it. False keeps an alarm from being cleared. */
  readonly proved: boolean
  readonly notes: readonly string[]
}

/** A trust anchor that a service has to trust once it has taken up its file, or must not trust any more. */
export interface AskedAnchor {
  readonly pair: DesiredPair
  /** Absent: this plan issues it. */
  readonly certificate?: Certificate
  readonly isTrusted: boolean
  /** Where its key is, the likeliest place first: once this plan is carried out, and now. */
  readonly keys: readonly Origin[]
}

export type ServiceAction = 'restart' | 'reload' | 'verify' | 'none'
