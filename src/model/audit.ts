import type { Address } from './address.ts'
import type { Action, ReasonCode } from './change.ts'
import type { Outcome } from './result.ts'

/** What apply has to say of one change: before anything is touched (`planned`), and when its task has ended. */
export interface AuditEvent {
  readonly kind: 'change'
  readonly run: string
  /** The instant that the plan was made for, ISO 8601 UTC. */
  readonly at: string
  readonly host: string
  readonly address: Address
  /**
   * `issue`: a certificate was signed; whether it was installed is told by another event. `recover`: what an earlier run
   * had left in the middle was finished (`done`), undone (`rolled-back`), or neither (`failed`). `destroy`: a generation
   * that was kept is gone, for an old key that it held.
   */
  readonly action: Action | 'verify' | 'issue' | 'recover' | 'destroy'
  readonly paths: readonly string[]
  readonly old: AuditPair | null
  readonly new: AuditPair | null
  readonly reasons: readonly ReasonCode[]
  readonly outcome: 'planned' | Outcome['status']
  readonly detail: string
  /** Of an `issue`: it was renewed by the policy's own schedule, and for no other reason. Absent in logs of old. */
  readonly due?: boolean
  /** Of an `issue`: what the host is, whatever it is called (`HostActual.machine`); absent where that is not known. */
  readonly machine?: string
}

/** Public halves only. Null where it is not known (yet). */
export interface AuditPair {
  readonly fingerprint: string | null
  readonly serial: string | null
  readonly spkiSha256: string | null
}

/** What stands in the audit log beside the changes. */
export type AuditRecord =
  | AuditEvent
  /** A run has come to its end, with this exit code. One without it was killed. */
  | { readonly kind: 'end'; readonly run: string; readonly exit: number }
  /** About the log itself. `torn`: the line before was cut off by a crash while it was being written. */
  | { readonly kind: 'note'; readonly torn: boolean; readonly detail: string }

/** One line of the audit log. */
export type AuditEntry = AuditStamp & {
  /** From 1, without a gap. */
  readonly seq: number
  /** SHA-256 of the bytes of the line before, lower-case hex; zeros before the first. */
  readonly prev: string
} & AuditRecord

export interface AuditStamp {
  /** Real time, whatever `--at` says. ISO 8601 UTC. */
  readonly when: string
  readonly who: {
    readonly user: string
    /** Who became that user with sudo. */
    readonly sudoUser: string | null
    readonly hostname: string
    readonly pid: number
  }
}

/** Resolves when the events are on disk; rejects with a HostError when they cannot be written. */
export type RecordEvents = (events: readonly AuditEvent[]) => Promise<void>

/** One run, as the log has it. */
export interface AuditRun {
  readonly run: string
  readonly when: string
  readonly at: string
  readonly who: AuditStamp['who']
  readonly hosts: readonly string[]
  /** What became of the changes last; `planned`: it is not known, the run was cut off. */
  readonly changes: readonly {
    readonly action: AuditEvent['action']
    readonly outcome: AuditEvent['outcome']
    readonly count: number
  }[]
  /** Null: the run did not come to its end, or is under way. */
  readonly exit: number | null
}
