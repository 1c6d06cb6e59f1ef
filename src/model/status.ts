import type { StandingAlarm } from './actual.ts'
import type { Address, ResourceKind } from './address.ts'
import type { AlarmState, Problem, Reason } from './change.ts'
import type { WaitingRole } from './desired.ts'
import type { Plan, PlannedRotation, Undeliverable } from './plan.ts'

/** How things are, without any plan to change them. */
export interface Status {
  /** ISO 8601, UTC. */
  readonly at: string
  /** The most urgent first. */
  readonly certificates: readonly CertificateStatus[]
  /** How many are not listed, because they are in order and not due within the time that was asked for. */
  readonly omitted: number
  readonly services: readonly ServiceStatus[]
  /** `isOwn`: the playbook has a say in it; others are policies' that it does not have. */
  readonly alarms: readonly (StandingAlarm & { readonly host: string; readonly isOwn: boolean })[]
  /** Whose condition holds, and that have not been raised; `isSilent`: nor will they be, for the policy wants none. */
  readonly conditions: readonly (AlarmState & { readonly host: string; readonly isSilent: boolean })[]
  /** Trust anchors that are being replaced, and how far each host is. */
  readonly rotations: readonly PlannedRotation[]
  readonly problems: readonly Problem[]
  readonly unreachable: Plan['unreachable']
  readonly undeliverable: readonly Undeliverable[]
}

export interface CertificateStatus {
  readonly address: Address
  readonly host: string
  readonly kind: ResourceKind
  readonly name: string
  readonly path: string
  /** It stands beside an authority of which another takes the place: its state is told, and troubles nobody. */
  readonly waiting?: WaitingRole
  readonly notAfter: string | null
  /** From when on it is due to be renewed; null: not known, or nobody renews it. */
  readonly dueAt: string | null
  /** Whole days, rounded down; negative once expired. */
  readonly daysLeft: number | null
  readonly state: CertificateState
  /** By the service whose probe expects it. */
  readonly served: 'yes' | 'no' | 'unreachable' | 'stopped' | 'not-probed'
  readonly reasons: readonly Reason[]
}

/** The most urgent first. */
export const certificateStates = [
  'expired',
  'blocked',
  'missing',
  'differs',
  'unreachable',
  'expires-soon',
  'ok',
] as const

export type CertificateState = (typeof certificateStates)[number]

export interface ServiceStatus {
  readonly address: Address
  readonly host: string
  readonly name: string
  readonly state: 'active' | 'inactive' | 'failed' | 'unmanaged' | 'unknown'
  /** What it has not yet taken up. */
  readonly owed: readonly Reason[]
}
