import type { Address, ResourceKind } from './address.ts'
import type { Source } from './source.ts'

/** Why something has to change: a stable code, the numbers that decided it, the policy line behind it. */
export interface Reason {
  readonly code: ReasonCode
  readonly message: string
  readonly source?: Source
}

/** Every reason there is. The codes are public: they stand in plans, results and documentation. */
export const reasonCodes = [
  'missing',
  'not-a-certificate',
  'expired',
  'expires-soon',
  'not-yet-valid',
  'key-mismatch',
  'issuer-differs',
  'supplied-differs',
  'subject-differs',
  'san-differs',
  'key-usage-differs',
  'extended-key-usage-differs',
  'basic-constraints-differs',
  'key-type-differs',
  'key-size-differs',
  'signature-weak',
  'peers-refuse',
  'outlives-authority',
  'authority-expired',
  'authority-not-yet-valid',
  'authority-key-mismatch',
  'not-an-authority',
  'chain-differs',
  'copy-differs',
  'install-differs',
  'trust-differs',
  'rotation-wanted',
  'rotation-over',
  'owner-differs',
  'group-differs',
  'mode-differs',
  'unreadable',
  'uses-changed',
  'served-differs',
  'client-rejected',
  'pool-differs',
  'started-before-change',
  'telling-unproved',
  'probe-fails',
  'rolled-back',
  'alarm-condition',
  'alarm-resolved',
] as const

export type ReasonCode = (typeof reasonCodes)[number]

/** What only time brings about: the schedule of the policy. */
export const timeReasons: ReadonlySet<ReasonCode> = new Set(['expires-soon', 'expired', 'authority-expired'])

/** What befalls a certificate when the authority above it is renewed. */
export const inheritedReasons: ReadonlySet<ReasonCode> = new Set([
  ...timeReasons,
  'issuer-differs',
  'outlives-authority',
])

/** In the order in which the report lists them. */
export const actions = [
  'create',
  'renew',
  'replace',
  'update',
  'restore',
  'restart',
  'reload',
  'raise',
  'clear',
  'release',
] as const

export type Action = (typeof actions)[number]

/** One thing that differs from what is wanted, and what will be done about it. */
export interface Change {
  readonly address: Address
  readonly host: string
  readonly kind: ResourceKind
  readonly name: string
  readonly action: Action
  /** All of them, in the order of the checks. Never empty. */
  readonly reasons: readonly Reason[]
  /** What is there now, and what will be: public facts only. */
  readonly before: PairState | AlarmState | null
  readonly after: PairState | AlarmState | null
  /** Paths this change writes, on its host. */
  readonly paths: readonly string[]
  /** What else is worth knowing: "lifetime clamped to its authority's". */
  readonly notes: readonly string[]
}

/** A certificate and its key as a plan shows them. Null where it is not known before it is made. */
export interface PairState {
  readonly serial: string | null
  readonly subject: string | null
  readonly notBefore: string | null
  readonly notAfter: string | null
  readonly fingerprint: string | null
  readonly key: { readonly type: string; readonly size: number; readonly spkiSha256: string | null } | null
}

export interface AlarmState {
  readonly id: string
  readonly entity: string
  readonly severity: string
  readonly reason: string
  readonly repair: string
}

/** A resource that is as it should be, and why that is known. */
export interface Unchanged {
  readonly address: Address
  readonly host: string
  readonly kind: ResourceKind
  readonly name: string
  readonly why: string
  /** A service is told nothing, and its proof is taken again: why. */
  readonly verify?: string
  /** Differences that are tolerated or wait: "lifetime 365 days, wanted 3650: at the next renewal". */
  readonly notes: readonly string[]
}

/** Every cause there is for leaving something alone that is due. The codes are public, like those of reasons. */
export const problemCodes = [
  'unexpected',
  'transaction-stuck',
  'clock-differs',
  'clock-behind',
  'alarm-record-unreadable',
  'unreadable',
  'authority-not-yet-valid',
  'authority-expired',
  'unknown-owner',
  'service-unknown',
  'refused-by-authority',
  'folder-missing',
  'untrusted-folder',
  'exposed-folder',
  'not-writable',
  'no-space',
  'hard-linked',
  'access-list',
  'issued-too-often',
  'depends-on-held',
  'depends-on-blocked',
  'outside-limit',
  'play-stopped',
  'guard-exceeded',
  'unfit-generation',
  'rotation-refused',
  'members-unhealthy',
  'members-unseen',
] as const

export type ProblemCode = (typeof problemCodes)[number]

/** Something that must neither be used nor replaced before a human has looked, or that needs such a thing. */
export interface Problem {
  readonly address: Address
  readonly host: string
  readonly path?: string
  readonly code: ProblemCode
  readonly message: string
  /** What to do. */
  readonly hint: string
  readonly source?: Source
}

/** What only waits for a run that is at work elsewhere, or for a host that is told as such, is done by a later one. */
export function needsHuman({ code }: Problem): boolean {
  return code !== 'depends-on-held' && code !== 'members-unseen'
}
