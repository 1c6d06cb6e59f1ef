// Plan, Result and Status → JSON: snake_case, stable, documented by schemas/plan.schema.json. Pure.
import type { AuditRun } from '../model/audit.ts'
import { actions } from '../model/change.ts'
import type { RotationPhase } from '../model/difference.ts'
import type { PhaseOutlook } from '../model/outlook.ts'
import type { Plan, PlannedRotation } from '../model/plan.ts'
import type { Result } from '../model/result.ts'
import { toSnakeCase } from '../model/snake-case.ts'
import type { Status } from '../model/status.ts'
import type { KeptGenerations } from '../model/transaction.ts'

export function planToJson(plan: Plan): object {
  const summary = Object.fromEntries(
    actions.map((action) => [action, plan.changes.filter((change) => change.action === action).length]),
  )
  return toSnakeCase({
    ...plan,
    summary: {
      ...summary,
      unchanged: plan.unchanged.length,
      refused: plan.refused.length,
      waiting: plan.waiting.length,
    },
  })
}

export function resultToJson(result: Result): object {
  const statuses = ['done', 'failed', 'skipped', 'stale', 'rolled-back', 'lost'] as const
  const summary = Object.fromEntries(
    statuses.map((status) => [
      status.replace('-', '_'),
      result.outcomes.filter((outcome) => outcome.status === status).length,
    ]),
  )
  return toSnakeCase({ formatVersion: '1.0', ...result, summary })
}

/** One plan of a rotation that was carried out. */
export interface RotationStep {
  readonly run: string
  readonly phases: readonly RotationPhase[]
  readonly result: Result
}

interface RotationReport {
  readonly authority: string
  readonly outcome: string
  /** As they are in the end; empty when all is done. */
  readonly rotations: readonly PlannedRotation[]
  readonly steps: readonly RotationStep[]
  /** Where it was asked for: what is kept of old keys was destroyed, but for what was missed. */
  readonly oldKeys?: KeptOldKeys
}

/** Generations that hold a key which is no longer the authority's, by host; and hosts of which that is not known. */
interface KeptOldKeys {
  readonly kept: readonly { readonly host: string; readonly generations: readonly string[] }[]
  readonly missed: readonly { readonly host: string; readonly detail: string }[]
}

export function rotationToJson({ steps, oldKeys, ...report }: RotationReport): object {
  const shown = steps.map(({ result, ...step }) => ({ ...step, result: resultToJson(result) }))
  const { kept: destroyed, missed } = tellOldKeys(oldKeys) ?? {}
  return toSnakeCase({ formatVersion: '1.0', ...report, steps: shown, destroyed, missed })
}

export function outlookToJson(
  plan: Plan,
  outlook: readonly PhaseOutlook[],
  oldKeys: KeptOldKeys | undefined,
): object {
  return toSnakeCase({
    formatVersion: '1.0',
    plan: planToJson(plan),
    outlook,
    ...tellOldKeys(oldKeys),
  })
}

function tellOldKeys(oldKeys: KeptOldKeys | undefined): KeptOldKeys | undefined {
  if (!oldKeys) return undefined
  return { kept: oldKeys.kept, missed: oldKeys.missed.map(({ host, detail }) => ({ host, detail })) }
}

export function statusToJson(status: Status): object {
  return toSnakeCase({ formatVersion: '1.0', ...status })
}

/** `kept`: where hosts were asked. */
export function historyToJson(
  log: string,
  runs: readonly AuditRun[],
  kept: readonly KeptGenerations[] | undefined,
): object {
  return toSnakeCase({ formatVersion: '1.0', log, runs, ...(kept ? { kept } : {}) })
}

/** `fault`: the first line that does not fit. */
export function verdictToJson(log: string, verdict: { readonly fault?: object }): object {
  return toSnakeCase({ formatVersion: '1.0', log, intact: verdict.fault === undefined, ...verdict })
}
