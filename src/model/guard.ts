import type { Source } from './source.ts'

/**
 * What a play bounds of one run: leaf certificates that exist and get a successor, hosts on which anything changes,
 * restarts of services, and authorities that exist and get a successor.
 */
export const guardNames = ['certificates', 'hosts', 'restarts', 'authorities'] as const

export type GuardName = (typeof guardNames)[number]

export interface DesiredGuard {
  readonly name: GuardName
  readonly allowed: number
  /** `replaced`: a successor on schedule is not counted. The guard of a play that says nothing of authorities. */
  readonly counts: 'all' | 'replaced'
  readonly source: Source
}

/** What `--allow` can raise: the guards, and how often one certificate may be issued within a day. */
export const allowanceNames = [...guardNames, 'issues'] as const

export type AllowanceName = (typeof allowanceNames)[number]

/** For one run; it raises a bound, and never lowers one. */
export type Allowances = Readonly<Partial<Record<AllowanceName, number>>>
