import type { HostUnreachable } from './actual.ts'
import type { Address } from './address.ts'
import type { BasicConstraints, NameAttribute } from './certificate.ts'
import type { Change, Problem, Unchanged } from './change.ts'
import type {
  DesiredAlarms,
  DesiredKey,
  DesiredProbe,
  InputFile,
  NetworkAddress,
  PairId,
  ServiceManager,
  SigningCommand,
} from './desired.ts'
import type { Rotation } from './difference.ts'
import type { SecretReference } from './secret.ts'

/**
 * Plain data: what differs, and the ordered tasks that put it right. It holds no secret and is all that apply needs.
 * What `certwright plan` prints is the object that `certwright apply` walks.
 */
export interface Plan {
  readonly formatVersion: '1.0'
  /** The names of the plays. */
  readonly title: string
  /** The instant the plan was made for (`--at`), ISO 8601 UTC. */
  readonly at: string
  readonly inputs: readonly InputFile[]
  readonly hosts: readonly string[]
  readonly changes: readonly Change[]
  /** What a guard holds back: shown, and not carried out. No task belongs to it. */
  readonly refused: readonly Change[]
  /** What is due, and waits for a problem to be mended. No task belongs to it either. */
  readonly waiting: readonly Change[]
  readonly unchanged: readonly Unchanged[]
  /** What holds something back. */
  readonly problems: readonly Problem[]
  readonly unreachable: readonly Omit<HostUnreachable, 'kind'>[]
  /** Transactions that an earlier run did not end: apply settles them before it looks, and may then plan otherwise. */
  readonly interrupted: readonly { readonly host: string; readonly id: string }[]
  /** Alarm sinks that could not even be asked. */
  readonly undeliverable: readonly Undeliverable[]
  /** Trust anchors that are being replaced: to be read; nothing follows from it. */
  readonly rotations: readonly PlannedRotation[]
  /** In the order in which they are worked on. */
  readonly batches: readonly PlannedBatch[]
  readonly tasks: readonly Task[]
}

/** A rotation as a plan and a status show it. Certificates by what tells them apart. */
export interface PlannedRotation
  extends Omit<
    Rotation,
    'wanted' | 'other' | 'signer' | 'bridge' | 'since' | 'isAtOnce' | 'reasons' | 'refused'
  > {
  readonly authority: string
  /** ISO 8601. */
  readonly since: string | null
  readonly wanted: AnchorState | null
  readonly other: AnchorState | null
  readonly signer: AnchorState | null
}

export interface AnchorState {
  readonly subject: string
  readonly fingerprint: string
  readonly notAfter: string
}

/** Hosts that are worked on together: all certificates are issued and installed, then services follow host by host. */
export interface PlannedBatch {
  readonly number: number
  readonly hosts: readonly string[]
  /** Index of its play. */
  readonly play: number
  /** When more hosts of it than this have failed, no other batch is begun that may wait: of its play, or of the run. */
  readonly allowedFailures: number
  readonly ends: 'play' | 'run'
  /** And this batch: is it finished all the same, or stopped where it is. */
  readonly onExcess: 'finish' | 'stop'
  /** What is in use on one of its hosts expires before long: it waits for no other batch of its play. */
  readonly pressing: boolean
  /** A trust anchor is exchanged without an overlap: whoever has been told cannot prove itself before all others have. */
  readonly atOnce?: {
    /** Hosts whose service leads the others: it would hand over to one that is going down as well, and wait for it. */
    readonly leaders: readonly string[]
  }
}

export interface Undeliverable {
  readonly host: string
  readonly sink: string
  readonly detail: string
}

export type Task = IssueTask | InstallTask | RestoreTask | ServiceTask | AlarmTask

/** Make a key (or reuse one) and have a certificate signed for it. Nothing visible changes on the host. */
export interface IssueTask {
  readonly kind: 'issue'
  readonly id: string
  /** The batch it belongs to: a failed batch stops the ones after it. */
  readonly batch: number
  readonly pair: PairId
  /** Where the key is born. */
  readonly host: string
  readonly addresses: readonly Address[]
  /** By the policy's own schedule, and for no other reason. */
  readonly due: boolean
  readonly profile: IssueProfile
  readonly key: IssueKey
  readonly signer: Signer
  /** Whether the certificate file carries the intermediates after the certificate. */
  readonly includeChain: boolean
  /** PEM of bridges, to follow the certificate in its file. */
  readonly bridges: readonly string[]
  /** The new authority is signed by another one as well: that certificate follows its own in the file. */
  readonly crossSigned?: { readonly signer: Signer; readonly profile: IssueProfile }
}

/** All that a certificate will say, but for its serial number, key and signature. */
export interface IssueProfile {
  readonly subject: readonly NameAttribute[]
  readonly subjectAltName: readonly string[]
  readonly keyUsage: readonly string[]
  readonly extendedKeyUsage: readonly string[]
  readonly basicConstraints: BasicConstraints
  /** ISO 8601, UTC, whole seconds. */
  readonly notBefore: string
  readonly notAfter: string
}

export type IssueKey =
  /** Born beside `path`, where it will be installed. */
  | ({ readonly from: 'generated'; readonly path: string } & DesiredKey)
  /** The key at `path` stays; it must still be the one that was observed. */
  | {
      readonly from: 'existing'
      readonly path: string
      readonly spkiSha256: string
      readonly passphrase?: SecretReference
    }

export type Signer =
  | { readonly by: 'itself' }
  /** An authority that an earlier task of this plan issues. */
  | { readonly by: 'planned'; readonly pair: PairId }
  /** A custom CA that this plan installs: the user's file on the control node. */
  | {
      readonly by: 'supplied'
      readonly pair: PairId
      readonly keyPath: string
      readonly passphrase?: SecretReference
      readonly chain: readonly string[]
    }
  /** A custom CA whose key only a command can use. */
  | ({ readonly by: 'command'; readonly pair: PairId; readonly chain: readonly string[] } & SigningCommand)
  /** An authority as it is on a host. */
  | {
      readonly by: 'existing'
      readonly pair: PairId
      readonly host: string
      readonly keyPath: string
      readonly passphrase?: SecretReference
      /** PEM of the authority's certificate and of the intermediates above it, nearest first. */
      readonly chain: readonly string[]
    }

/** Everything that changes on one host, visible at once. */
export interface InstallTask {
  readonly kind: 'install'
  readonly id: string
  readonly batch: number
  readonly host: string
  readonly addresses: readonly Address[]
  readonly folders: readonly string[]
  readonly files: readonly PlannedFile[]
  /** Certificates and keys that must belong together when it is done. */
  readonly pairs: readonly PlannedPair[]
  /** What of it must not come apart. */
  readonly together: readonly Inseparable[]
  /** What there is now that is not worth going back to when a service fails, and why. */
  readonly unfit: readonly { readonly address: Address; readonly why: string }[]
}

/** An authority that is there and changes, with what it signs there: all of it goes in, or nothing. */
export interface Inseparable {
  readonly addresses: readonly Address[]
  /** Those where a certificate stands already: where one of them is lost, all are. */
  readonly there: readonly Address[]
}

/** An old generation of a host comes back, whole. */
export interface RestoreTask {
  readonly kind: 'restore'
  readonly id: string
  readonly batch: number
  readonly host: string
  readonly addresses: readonly Address[]
  readonly generation: string
  readonly pairs: readonly PlannedPair[]
}

export interface PlannedPair {
  readonly certificate: string
  readonly privateKey: string
  readonly passphrase?: SecretReference
}

export interface PlannedFile {
  readonly address: Address
  readonly path: string
  readonly content: PlannedContent
  readonly owner?: string
  readonly group?: string
  readonly mode: number
  /** It is to be a link into a folder that this link stands for. */
  readonly through?: string
  /** Its time of modification stays as it is: what it says is the same, in another order. */
  readonly keepsTime?: boolean
  /** What must still be there at the moment of writing. */
  readonly expect: FileExpectation
}

export type PlannedContent =
  | { readonly what: 'certificate' | 'private-key'; readonly from: 'issued'; readonly pair: PairId }
  /** As it is at another place that is in order. */
  | { readonly what: 'certificate'; readonly from: 'text'; readonly pem: string }
  | {
      readonly what: 'private-key'
      readonly from: 'place'
      readonly host: string
      readonly path: string
      readonly spkiSha256: string
      readonly passphrase?: SecretReference
    }
  /** A custom CA's key, read from the user's file on the control node. */
  | {
      readonly what: 'private-key'
      readonly from: 'supplied'
      readonly path: string
      readonly spkiSha256: string
      readonly passphrase?: SecretReference
    }
  /** Only owner, group or mode change. */
  | { readonly what: 'certificate' | 'private-key'; readonly from: 'kept' }
  /** Nothing is to be there any more. What was is kept like every old file. */
  | { readonly what: 'certificate' | 'private-key'; readonly from: 'removed' }

export type FileExpectation =
  | { readonly kind: 'absent' }
  | { readonly kind: 'certificate'; readonly sha256: string }
  | { readonly kind: 'private-key'; readonly spkiSha256: string; readonly passphrase?: SecretReference }
  /** Something in a key's place that is none. */
  | { readonly kind: 'not-a-key'; readonly passphrase?: SecretReference }

/** Tell a service about its new files, and prove that it serves them. */
export interface ServiceTask {
  readonly kind: 'service'
  readonly id: string
  readonly batch: number
  readonly host: string
  readonly address: Address
  readonly name: string
  /** `verify`: nothing is told (it re-reads by itself, or nothing changed for it); the proof is taken all the same. */
  readonly action: 'restart' | 'reload' | 'verify'
  readonly manager: ServiceManager
  readonly probe?: ResolvedProbe
  /** What its probe expects to be served is all that it reads at its start or a reload: nobody need ask when it did. */
  readonly isShownWhole: boolean
  readonly onFailure: 'rollback' | 'keep'
  /** Names of services on this host that come first: where one of them failed, this one is not told. */
  readonly after: readonly string[]
  /** What it has expires before long: it waits for nothing that failed on another host. */
  readonly pressing: boolean
  /** The files on this host that the service must have taken up. */
  readonly uses: readonly string[]
  /**
   * What changes on this host and goes back when the service fails: what it uses or is proved by, and what belongs
   * together with that (an authority and what it signs).
   */
  readonly goesBack: readonly Address[]
  /** Of one that reads whom it trusts when it is told: whom that has to be. Absent: nobody can ask it, or nothing is on its way. */
  readonly pool?: ServicePool
}

/** Whom a running service has to trust once it has taken up its file, and whom no longer; asked at each address. */
export interface ServicePool {
  readonly addresses: readonly NetworkAddress[]
  readonly trusted: readonly PoolAnchor[]
  readonly distrusted: readonly PoolAnchor[]
}

export interface PoolAnchor {
  /** The name of the authority, and which generation: "etcd-ca (CN=etcd-ca, serialNumber=…)". */
  readonly label: string
  /** Its certificate; absent: this plan issues it. */
  readonly pem?: string
  /** Who can have a client certificate signed by it, the likeliest first; none: its key is nowhere at hand. */
  readonly signers: readonly Signer[]
}

/** A probe with the paths that its pairs stand for on this host. */
export type ResolvedProbe =
  | Extract<DesiredProbe, { kind: 'command' }>
  | (Omit<Extract<DesiredProbe, { kind: 'tls' }>, 'present' | 'expect'> & {
      readonly presentFiles?: { readonly certificate: string; readonly privateKey: string }
      /** The certificate file whose first certificate must be served. */
      readonly expectFile?: string
    })
  | (Omit<Extract<DesiredProbe, { kind: 'http' }>, 'present' | 'authority'> & {
      readonly presentFiles?: { readonly certificate: string; readonly privateKey: string }
      /** The certificate of the authority. */
      readonly authorityFile?: string
    })

/** Compute the alarms of a host from what is then observed, and deliver what differs. */
export interface AlarmTask {
  readonly kind: 'alarms'
  readonly id: string
  readonly batch: number
  readonly host: string
  readonly alarms: readonly DesiredAlarms[]
  /** Hosts that will have to get a pair, once that has been made without them. */
  readonly owing: readonly { readonly pair: PairId; readonly cause: string }[]
}
