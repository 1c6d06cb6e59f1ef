// Plan, Result and Status → JSON: snake_case, stable, documented by schemas/plan.schema.json. Pure.
import type { AuditRun } from '../model/audit.ts'
import { actions } from '../model/change.ts'
import type { Plan } from '../model/plan.ts'
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
