// What changes on a host at once: locked, installed, kept, put back.
import type { Certificate } from './certificate.ts'

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
  /** Which of them; without it, all. */
  readonly paths?: readonly string[]
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

/** Where a key is: at its path, or staged by this run. */
export interface KeyLocation {
  readonly path: string
  readonly passphrase?: string
}

/** Folders that files need are made on the way. */
export interface Transaction {
  /** Names the kept old generation. */
  readonly id: string
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
    /** Nothing is to be there any more; it is kept with what else is replaced. */
    | { readonly kind: 'removed' }
  /** Time of last modification stays as it is, where the file is replaced. */
  readonly keepsTime?: boolean
  readonly owner?: string
  readonly group?: string
  readonly mode: number
  /** It is to be a link into a folder that this link stands for; all with the same one are switched by one rename. */
  readonly through?: string
  readonly expect:
    | { readonly kind: 'absent' }
    | { readonly kind: 'certificate'; readonly sha256: string }
    | { readonly kind: 'private-key'; readonly spkiSha256: string; readonly passphrase?: string }
    /** Something in a key's place that is none. */
    | { readonly kind: 'not-a-key'; readonly passphrase?: string }
}

/**
 * `stale`: something moved since the plan was made; nothing was written. `failed`: what was begun has been undone.
 * `stuck`: it could be neither finished nor undone; the journal stands, and the next run tries again.
 */
export type InstallOutcome =
  | { readonly kind: 'installed' }
  | { readonly kind: 'stale'; readonly path: string; readonly detail: string }
  | { readonly kind: 'failed' | 'stuck'; readonly path?: string; readonly detail: string }
