import type { RotationPhase } from './difference.ts'

/** What one phase of a rotation comes to on all hosts, as far as the policy alone tells: at most so much is done in it. */
export interface PhaseOutlook {
  readonly authority: string
  readonly phase: RotationPhase
  readonly certificates: number
  readonly files: number
  readonly restarts: number
  readonly hosts: number
  /** A guess. */
  readonly seconds: number
  /** Completes "begins when …"; absent: at once. */
  readonly begins?: string
}
