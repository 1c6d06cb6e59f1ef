import type { Certificate, PublicKey } from './certificate.ts'
import type { DesiredSink } from './desired.ts'

/** Where files are to be written. */
export interface DiskFact {
  /** The folder, or the nearest one above it that exists. */
  readonly folder: string
  /** For whoever certwright works as. */
  readonly freeBytes: number
  readonly writable: boolean
  /** Why nothing may be written there: a folder on the way that others can exchange. `detail` completes "FOLDER …". */
  readonly distrust?: Distrust
  /** It is the folder of somebody else (in words), from this one on: what is in it is that user's to exchange. */
  readonly held?: { readonly by: string; readonly since: string }
}

export interface Distrust {
  readonly folder: string
  readonly reason: 'exposed' | 'handed-on' | 'foreign-link' | 'own-disk' | 'blocked' | 'outside'
  readonly detail: string
}

/** Nothing is at the path. */
export interface Absent {
  readonly kind: 'absent'
}

/** Why something that exists cannot be used. Each is a condition that a human has to look at. */
export type UnreadableProblem =
  | 'permission-denied'
  | 'directory'
  | 'fifo'
  | 'socket'
  | 'device'
  | 'symlink'
  | 'outside-root'
  | 'untrusted-folder'
  | 'too-large'
  | 'not-a-key'
  | 'passphrase-missing'
  | 'passphrase-wrong'
  | 'io-error'

/** Something is at the path and must not be touched before a human has looked. */
export interface Unreadable {
  readonly kind: 'unreadable'
  readonly problem: UnreadableProblem
  /** One line, redacted: never content of the file. */
  readonly detail: string
}

export interface FileStat {
  /** Permission bits, e.g. 0o600. */
  readonly mode: number
  /** User and group by name, or by number where the host knows no name. */
  readonly owner: string
  readonly group: string
  readonly size: number
  /** Last modification of the content, milliseconds since the epoch, by the host's clock. */
  readonly modifiedMs: number
  /** How many names it has: more than one, and somebody else counts on it. */
  readonly links: number
  /** Where it is a link into a folder that is switched by one rename: that link. */
  readonly through?: string
  /** It has an access control list beyond its mode. */
  readonly accessList: boolean
}

/** A file of one or more PEM certificates: the first is the one meant, the rest its chain. */
export interface CertificateFile {
  readonly kind: 'certificate'
  readonly stat: FileStat
  readonly certificates: readonly [Certificate, ...Certificate[]]
  /** SHA-256 of the whole file, lower-case hex. */
  readonly sha256: string
}

/** A readable regular file that holds no certificate. */
export interface NotACertificate {
  readonly kind: 'not-a-certificate'
  readonly stat: FileStat
  readonly sha256: string
  readonly detail: string
}

/** A private key file, known by its public half only. */
export interface PrivateKeyFile {
  readonly kind: 'private-key'
  readonly stat: FileStat
  readonly publicKey: PublicKey
  readonly encrypted: boolean
}

export type CertificateFact = Absent | Unreadable | CertificateFile | NotACertificate
export type PrivateKeyFact = Absent | Unreadable | PrivateKeyFile

/** What a service said when asked. */
export interface ServiceFact {
  /** `inactive`: somebody stopped it. `failed`: nobody did, and it does not run; only some managers can tell. */
  readonly state: 'active' | 'inactive' | 'failed' | 'unmanaged' | 'unknown'
  /** When it last started or took up its files (reload), ms since the epoch; absent when its manager cannot tell. */
  readonly startedMs?: number
  /** A start, or a stamp (which has a path), that the host's clock has not reached yet: it proves nothing. */
  readonly future?: { readonly ms: number; readonly path?: string }
  /** certwright has told it and got no proof, by its stamp: when, by the host's clock, and which file says so. */
  readonly begun?: { readonly action: 'restart' | 'reload'; readonly ms: number; readonly path: string }
  /** With `unknown`: why it could not be told. */
  readonly detail?: string
  readonly probe?: ProbeFact
  /** What it says of itself, where it is asked whom it trusts: one for each address, in their order. */
  readonly trust?: readonly TrustFact[]
  /** It leads the others of its name. Absent: it is not asked, or cannot tell. */
  readonly leads?: boolean
}

/** Whom a running server trusts, by its own word: the names in its CertificateRequest (RFC 5246 §7.4.4, RFC 8446 §4.2.4). */
export type TrustFact =
  /** DER of distinguished names, as in `Certificate.subjectDer`. Some servers name nobody, and trust somebody. */
  | { readonly kind: 'named'; readonly names: readonly string[] }
  /** It asks for no client certificate. */
  | { readonly kind: 'indifferent' }
  | { readonly kind: 'failed'; readonly detail: string }

/** What is known of a service before its probe. */
export type ManagerFact = Omit<ServiceFact, 'probe' | 'begun' | 'trust' | 'leads'>

/** What a TLS handshake or a probe command showed. */
export type ProbeFact =
  | {
      readonly kind: 'served'
      readonly certificates: readonly [Certificate, ...Certificate[]]
      /**
       * false: the service turned away the client certificate presented. true: not within the handshake, which is no
       * proof that it takes it. Absent when none was (or could be) presented.
       */
      readonly clientAccepted?: boolean
      /** Why no client certificate was presented, or how it was rejected. */
      readonly detail?: string
    }
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly detail: string }

/** An alarm that stands, as the built-in file sink of the host has it. */
export interface StandingAlarm {
  readonly id: string
  readonly entity: string
  readonly severity: string
  readonly reason: string
  readonly repair: string
  /** ISO 8601, UTC. */
  readonly raisedAt: string
  /** Who wants it raised; it is cleared when the last of them has proof that it may be. */
  readonly wantedBy: readonly AlarmWant[]
  /** Where it has been told, and not been confirmed to be gone. */
  readonly sinks: readonly DesiredSink[]
}

/** A policy that wants an alarm raised, and by what it is known again. */
export interface AlarmWant {
  readonly policy: string
  /** The paths of all certificates that it looks after on the host; empty: it is known by its name only. */
  readonly certificates: readonly string[]
}

/** What an alarm sink knows of the policy's alarms; `undeliverable` when it cannot be asked. */
export interface SinkFact {
  readonly sink: DesiredSink
  /** What it was asked for, and has answered. */
  readonly ids: readonly string[]
  readonly standing: readonly { readonly id: string; readonly entity: string }[]
  readonly undeliverable?: string
}

/** Everything observed on one host, in one round trip. */
export interface HostActual {
  readonly kind: 'observed'
  readonly host: string
  /** What it is, whatever an inventory calls it: 32 hex digits of its machine id and its root. Absent: it has no id. */
  readonly machine?: string
  /** The host's clock, ms since the epoch, when it was asked. */
  readonly clockMs: number
  /** How far it is ahead of the control node's, at least; negative: behind. */
  readonly clockAheadMs: number
  readonly certificates: Readonly<Record<string, CertificateFact>>
  readonly privateKeys: Readonly<Record<string, PrivateKeyFact>>
  /** Folders that must be made before a file can be placed, shallowest first, by wanted path. */
  readonly missingFolders: readonly string[]
  readonly disks: readonly DiskFact[]
  /** Owners and groups that the policy names and the host does not know. */
  readonly unknownOwners: readonly string[]
  /** False where files belong to whoever runs certwright (`certwright_root`): owner and group are left alone. */
  readonly managesOwnership: boolean
  /** Who certwright works as there, as in `FileStat.owner`. Absent: that is not known. */
  readonly worksAs?: string
  /** Transactions that an earlier run did not end: the next apply finishes or undoes them first. */
  readonly interrupted: readonly string[]
  /** One of them that this run could neither finish nor undo, and why. */
  readonly stuck?: string
  readonly services: Readonly<Record<string, ServiceFact>>
  readonly alarms: readonly StandingAlarm[]
  /** Set when the record of standing alarms exists and cannot be read. */
  readonly alarmsUnreadable?: string
  readonly sinks: readonly SinkFact[]
  /** Another run is at work there, this one: what was seen may be about to change, and is never acted upon. */
  readonly heldBy?: string
}

/** A host that did not answer. */
export interface HostUnreachable {
  readonly kind: 'unreachable'
  readonly host: string
  readonly detail: string
  /** `held`: another run is at work there. `unexpected`: asking it came to a bug. Absent: it cannot be reached. */
  readonly why?: 'held' | 'unexpected'
}

export interface Actual {
  readonly hosts: Readonly<Record<string, HostActual | HostUnreachable>>
}
