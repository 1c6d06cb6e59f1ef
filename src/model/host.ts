import type { CertificateFact, DiskFact, PrivateKeyFact, ProbeFact } from './actual.ts'
import type { Certificate } from './certificate.ts'
import type { Argv, DesiredKey } from './desired.ts'

/**
 * A machine whose files and services are managed. Every path is absolute and taken below the host's root.
 * The world's refusals come back as values (`failed`, `unreadable`) or, where nothing else can be done,
 * as a `HostError`. Private keys never come back, except from `readPrivateKey`, for a pair that several hosts share.
 */
export interface Host {
  readonly name: string

  /**
   * Takes the host for this run, until `close` or until this process dies; what an earlier run left in the middle is
   * then finished or undone, and swept. Nothing is generated, installed or restored without it. Throws HostError.
   */
  lock(request: LockRequest): Promise<LockOutcome>

  /** Everything asked for, in one round trip. Throws HostError when the host cannot be reached. */
  gather(request: GatherRequest): Promise<GatherAnswer>

  /** Make a key beside `path` in a staged file, 0600 from its first byte. Only the public half comes back. */
  generateKey(request: GenerateKeyRequest): Promise<StagedKey>

  /** Public half of a key that exists. */
  readPublicKey(request: KeyLocation): Promise<Uint8Array>

  /** Sign with a key that lives on this host. `scheme` follows from the key: see SignatureScheme. */
  sign(
    request: KeyLocation & { readonly scheme: SignatureScheme; readonly tbs: Uint8Array },
  ): Promise<Uint8Array>

  /** The PEM of a key that several places share, as its file has it (encrypted if that is); to be held in memory only. */
  readPrivateKey(location: KeyLocation): Promise<Uint8Array>

  /**
   * One transaction: all files or none, compare-and-swap on what they replace. What holds the wanted bytes already
   * (a folder that two hosts share) is as good as replaced.
   */
  install(transaction: Transaction): Promise<InstallOutcome>

  /** A transaction that puts back what an earlier one replaced, and removes what that created. */
  restore(request: RestoreRequest): Promise<InstallOutcome>

  /** What is kept of earlier transactions, oldest first. */
  listGenerations(): Promise<readonly Generation[]>

  /** Remove staged files of this run that are not installed. Never throws. */
  discard(): Promise<void>

  run(command: Command): Promise<CommandOutcome>

  probeTls(probe: TlsProbe): Promise<ProbeFact>

  /** Replace a small text file of certwright's own (alarms, stamps) atomically, 0600, making its folders 0700. */
  writeState(path: string, text: string): Promise<void>

  close(): Promise<void>
}

/** A host that cannot be reached or refuses; `unreachable` decides between exit codes 4 and 7. */
export class HostError extends Error {
  readonly unreachable: boolean
  constructor(message: string, unreachable = false) {
    super(message)
    this.name = 'HostError'
    this.unreachable = unreachable
  }
}

export interface LockRequest {
  /** Of the run: whoever holds it under this name already, holds it. */
  readonly run: string
  /** Who that is, for others to read: one line. */
  readonly holder: string
  /** How long to wait for another run to end. */
  readonly timeoutMs: number
}

export type LockOutcome =
  | { readonly kind: 'locked'; readonly recoveries: readonly Recovery[]; readonly swept: number }
  /** By another run; `by` is its holder. */
  | { readonly kind: 'busy'; readonly by: string }

/** What became of a transaction that an earlier run did not end. */
export interface Recovery {
  readonly id: string
  /** `failed`: it stands as it was found, and nothing else may be changed on the host before a human has looked. */
  readonly outcome: 'finished' | 'undone' | 'failed'
  /** On the host's disk. */
  readonly paths: readonly string[]
  readonly detail?: string
}

export interface RestoreRequest {
  /** Whose old files come back. */
  readonly generation: string
  /** Names the generation that keeps what is now replaced. */
  readonly id: string
  /** Certificates and keys that belong together when it is done. */
  readonly pairs: readonly PairLocation[]
}

export interface Generation {
  readonly id: string
  readonly files: readonly GenerationFile[]
}

export interface KeptGenerations {
  readonly host: string
  /** Oldest first. */
  readonly generations: readonly Generation[]
}

/** A file as it was before the transaction. */
export interface GenerationFile {
  readonly path: string
  readonly was: 'absent' | 'present'
  /** When it was a file of certificates: the first. */
  readonly certificate?: Certificate
}

export interface GatherRequest {
  readonly certificates: readonly string[]
  readonly privateKeys: readonly { readonly path: string; readonly passphrase?: string }[]
  /** Small text files of certwright's own. */
  readonly texts: readonly string[]
  readonly owners: readonly string[]
  readonly groups: readonly string[]
  readonly commands: readonly Command[]
  readonly probes: readonly TlsProbe[]
}

/** A request that asks for nothing but the host's clock; others are built on it. */
export const nothing: GatherRequest = {
  certificates: [],
  privateKeys: [],
  texts: [],
  owners: [],
  groups: [],
  commands: [],
  probes: [],
}

/** Answers in the order of the request. */
export interface GatherAnswer {
  readonly clockMs: number
  readonly certificates: readonly CertificateFact[]
  readonly privateKeys: readonly PrivateKeyFact[]
  /** Undefined where there is no such file. */
  readonly texts: readonly (TextFact | undefined)[]
  readonly unknownOwners: readonly string[]
  readonly managesOwnership: boolean
  /** Transactions that an earlier run did not end. */
  readonly interrupted: readonly string[]
  readonly missingFolders: readonly string[]
  /** One for each folder that holds a certificate or key. */
  readonly disks: readonly DiskFact[]
  readonly commands: readonly CommandOutcome[]
  readonly probes: readonly ProbeFact[]
}

export type TextFact =
  | { readonly kind: 'text'; readonly text: string; readonly modifiedMs: number }
  | { readonly kind: 'unreadable'; readonly detail: string }

/** Where a key is: at its path, or staged by this run. */
export interface KeyLocation {
  readonly path: string
  readonly passphrase?: string
}

export interface GenerateKeyRequest extends Pick<DesiredKey, 'type' | 'size'> {
  /** Where it will be installed. */
  readonly path: string
  readonly passphrase?: string
}

export interface StagedKey {
  /** A path of its own, usable as a KeyLocation and as content of a transaction. */
  readonly stagedPath: string
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
}

/** How an authority signs, by the type of its key: RFC 4055, RFC 5758, RFC 8410. */
export type SignatureScheme = 'RSA-SHA256' | 'ECDSA-SHA256' | 'ECDSA-SHA384' | 'ECDSA-SHA512' | 'Ed25519'

export interface Transaction {
  /** Names the kept old generation. */
  readonly id: string
  /** Folders to make (0755), shallowest first. */
  readonly folders: readonly string[]
  readonly files: readonly TransactionFile[]
  /** Certificates and keys that belong together when it is done, whether their files change or stay. */
  readonly pairs: readonly PairLocation[]
}

export interface PairLocation {
  readonly certificate: string
  readonly privateKey: string
  readonly passphrase?: string
}

export interface TransactionFile {
  readonly path: string
  readonly content:
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
    | { readonly kind: 'staged'; readonly stagedPath: string }
    /** A private key that is (or is staged) elsewhere on this host: it is copied there, and never comes back. */
    | { readonly kind: 'copied'; readonly from: KeyLocation; readonly spkiSha256: string }
    | { readonly kind: 'kept' }
  readonly owner?: string
  readonly group?: string
  readonly mode: number
  /** It is to be a link into a folder that this link stands for; all with the same one are switched by one rename. */
  readonly through?: string
  readonly expect:
    | { readonly kind: 'absent' }
    | { readonly kind: 'certificate'; readonly sha256: string }
    | { readonly kind: 'private-key'; readonly spkiSha256: string; readonly passphrase?: string }
}

/**
 * `stale`: something moved since the plan was made; nothing was written. `failed`: what was begun has been undone.
 * `stuck`: it could be neither finished nor undone; the journal stands, and the next run tries again.
 */
export type InstallOutcome =
  | { readonly kind: 'installed' }
  | { readonly kind: 'stale'; readonly path: string; readonly detail: string }
  | { readonly kind: 'failed' | 'stuck'; readonly path?: string; readonly detail: string }

export interface Command {
  readonly argv: Argv
  readonly timeoutMs: number
}

/** What a command did. Output is bounded; it is the caller's to judge. */
export interface CommandOutcome {
  /** `missing`: there is no such program. */
  readonly kind: 'exited' | 'missing' | 'timed-out' | 'killed'
  readonly exitCode?: number
  readonly stdout: string
  readonly stderr: string
}

export interface TlsProbe {
  readonly hostname: string
  readonly port: number
  readonly serverName?: string
  /** Presented when both can be read and the certificate is valid by the host's clock. */
  readonly client?: { readonly certificate: string; readonly privateKey: string }
  readonly timeoutMs: number
}
