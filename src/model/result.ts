import type { Address } from './address.ts'
import type { Action, AlarmState } from './change.ts'
import type { Undeliverable } from './plan.ts'

/** What became of one change (or of one proof: action `verify`). */
export interface Outcome {
  readonly address: Address
  readonly host: string
  readonly action: Action | 'verify'
  readonly status: 'done' | 'failed' | 'skipped' | 'stale' | 'rolled-back' | 'lost'
  /** One line: the fingerprint now served, or why it failed. Redacted. */
  readonly detail: string
}

export interface FailedHost {
  readonly host: string
  /** What belongs to the service that failed is back as it was; or nothing was installed; or all of it stays. */
  readonly files: 'put-back' | 'untouched' | 'kept'
  /** Addresses of services that have still to be told to restart or reload. */
  readonly owed: readonly Address[]
  /** With `kept`: why nothing was put back, where a service failed. */
  readonly why?: string
}

/** Everything an apply did, in order. */
export interface Result {
  readonly at: string
  readonly outcomes: readonly Outcome[]
  /** The hosts on which something failed, and how that left them. */
  readonly failed: readonly FailedHost[]
  /** Alarms that stand afterwards. */
  readonly alarms: readonly AlarmState[]
  /** Alarm sinks that could not be told. */
  readonly undeliverable: readonly Undeliverable[]
  /** Failed, and neither finished nor undone. */
  readonly needsHuman: boolean
  readonly unreachable: readonly string[]
  /** Hosts that another run was at work on: what is due there is not done, and no alarm is written. */
  readonly held: readonly string[]
  /** Why the run stopped itself before its end: what it did could not be written down. */
  readonly stopped?: string
}
