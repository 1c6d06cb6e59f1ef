import type { CertificateFact, DiskFact, PrivateKeyFact, ProbeFact, TrustFact } from './actual.ts'
import type { Argv, DesiredKey, NetworkAddress } from './desired.ts'
import type {
  Generation,
  InstallOutcome,
  KeyLocation,
  LockOutcome,
  LockRequest,
  RestoreRequest,
  Transaction,
} from './transaction.ts'

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

  /** Ids of kept generations that hold what these files were, and are no longer; oldest first. */
  findSuperseded(paths: readonly string[]): Promise<readonly string[]>

  /** Kept generations go for good, with everything in them: there is no way back to them. */
  forget(generations: readonly string[]): Promise<void>

  /** Remove staged files of this run that are not installed. Never throws. */
  discard(): Promise<void>

  run(command: Command): Promise<CommandOutcome>

  probeTls(probe: TlsProbe): Promise<ProbeFact>

  /**
   * Handshakes with client certificates that are on no disk: whether each is taken. In the order of the request. What a
   * server refuses above TLS, or in silence, counts as taken.
   */
  presentCanaries(request: CanaryRequest): Promise<readonly CanaryFact[]>

  /**
   * Replace a small text file of certwright's own (alarms, stamps) atomically, 0600, making its folders 0700. Its path
   * is as in `GatherRequest.texts`.
   */
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

export interface GatherRequest {
  readonly certificates: readonly string[]
  readonly privateKeys: readonly { readonly path: string; readonly passphrase?: string }[]
  /** Small text files of certwright's own. `/var/lib/certwright/` in front stands for wherever the host keeps them. */
  readonly texts: readonly string[]
  readonly owners: readonly string[]
  readonly groups: readonly string[]
  readonly commands: readonly Command[]
  readonly probes: readonly TlsProbe[]
  readonly exchanges: readonly TlsExchange[]
  readonly trusts: readonly TrustQuestion[]
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
  exchanges: [],
  trusts: [],
}

/** Answers in the order of the request. */
export interface GatherAnswer {
  readonly clockMs: number
  /** As `HostActual.machine`. */
  readonly machine?: string
  readonly certificates: readonly CertificateFact[]
  readonly privateKeys: readonly PrivateKeyFact[]
  /** Undefined where there is no such file. */
  readonly texts: readonly (TextFact | undefined)[]
  readonly unknownOwners: readonly string[]
  readonly managesOwnership: boolean
  /** As `HostActual.worksAs`. */
  readonly worksAs?: string
  /** Transactions that an earlier run did not end. */
  readonly interrupted: readonly string[]
  /** When this run has locked the host: one of them that could be neither finished nor undone, and why. */
  readonly stuck?: string
  readonly missingFolders: readonly string[]
  /** One for each folder that holds a certificate or key. */
  readonly disks: readonly DiskFact[]
  readonly commands: readonly CommandOutcome[]
  readonly probes: readonly ProbeFact[]
  readonly exchanges: readonly ExchangeFact[]
  readonly trusts: readonly TrustFact[]
}

export type TextFact =
  | { readonly kind: 'text'; readonly text: string; readonly modifiedMs: number }
  | { readonly kind: 'unreadable'; readonly detail: string }

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

/** A handshake that presents nothing, to see whom the server names. */
export interface TrustQuestion extends NetworkAddress {
  readonly timeoutMs: number
}

export interface CanaryRequest extends TrustQuestion {
  readonly canaries: readonly Canary[]
}

/** A client certificate that lives for minutes. Its key is in memory, here and on the host, and nowhere else. */
export interface Canary {
  /** The certificate, and what is presented with it. */
  readonly certificatePem: string
  /** PKCS#8. */
  readonly keyPem: string
}

export type CanaryFact =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail: string }

export interface TlsProbe {
  readonly hostname: string
  readonly port: number
  readonly serverName?: string
  /** Presented when both can be read and the certificate is valid by the host's clock. */
  readonly client?: { readonly certificate: string; readonly privateKey: string }
  readonly timeoutMs: number
}

/** One question inside TLS: what comes back until the other side closes, the bytes are enough or the time is up. */
export interface TlsExchange extends TlsProbe {
  /** A certificate file of the host. With it, chain, validity and name are verified; without it nothing is. */
  readonly authority?: string
  readonly send: string
  readonly maximumBytes: number
}

export type ExchangeFact =
  | {
      readonly kind: 'answered'
      /** A character for each byte (latin1). */
      readonly text: string
      /** Why no client certificate was presented. */
      readonly detail?: string
    }
  | { readonly kind: 'failed'; readonly detail: string }
