import type { Address } from './address.ts'

/**
 * Where certwright keeps what is its own on the machine that it runs on: locks, journals, alarms, and keys of
 * authorities. Absolute; other than this for whoever may not write there, and for nobody below a certwright_root.
 */
export interface OwnFolders {
  readonly state: string
  readonly data: string
}

export const systemFolder = '/var/lib/certwright'

/** What the machine that certwright runs on knows by itself, and no host can tell. */
export interface ControlFacts {
  /** From the audit log, in its order: of the hosts as they are, not of others that went by their names. */
  readonly issuances: readonly Issuance[]
  /** When this program was built, ms since the epoch; absent when it runs from source. */
  readonly builtMs?: number
}

/** A certificate that was signed, whatever became of it then. */
export interface Issuance {
  readonly address: Address
  /** The instant that the run judged by (`--at`), ISO 8601 UTC. */
  readonly at: string
  /** By the policy's schedule: what it replaced had reached its renewal time, and had not been replaced before. */
  readonly due: boolean
  /** Fingerprint of the certificate that it was to replace; null where there was none. */
  readonly replaced: string | null
}
