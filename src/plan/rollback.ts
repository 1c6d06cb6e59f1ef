// A way back as a Plan: shown, confirmed and walked like any other. Pure.

import type { Plan, RestoreTask } from '../model/plan.ts'
import type { Generation } from '../model/transaction.ts'
import { makeAlarmTasks } from './alarms.ts'
import { numberBatches } from './batches.ts'
import { describePlacement, describeService, isChange } from './changes.ts'
import { planPairs } from './install-tasks.ts'
import { findUnreachable, type PlanInput } from './plan.ts'
import { findPressing } from './pressing.ts'
import { makeServiceTasks } from './service-tasks.ts'

/** `difference`: of the host alone, as diffRollback tells it. */
export function makeRollbackPlan(input: PlanInput, host: string, generation: Generation): Plan {
  const { desired, actual, difference, at } = input
  const { problems, idleHosts } = difference
  const restored = difference.pairs.flatMap((pair) =>
    pair.placements.map((placement) => describePlacement(pair, placement)),
  )
  const verdicts = [...restored, ...difference.services.map(describeService)].filter(isChange)
  const changes = idleHosts.has(host)
    ? []
    : verdicts.map(({ change }) =>
        change.kind === 'service' ? change : { ...change, action: 'restore' as const },
      )
  const batches = numberBatches(desired, actual)
  const tasks = changes.length === 0 ? [] : [makeRestoreTask(input, host, generation)]
  return {
    formatVersion: '1.0',
    title: `${desired.plays.map(({ name }) => name).join(', ')}: back to before ${generation.id}`,
    at: at.toISOString(),
    inputs: desired.inputs,
    hosts: [host],
    changes,
    refused: [],
    waiting: [],
    unchanged: [],
    problems,
    unreachable: findUnreachable(input).filter((each) => each.host === host),
    interrupted: [],
    undeliverable: [],
    rotations: [],
    batches: [
      {
        number: 0,
        hosts: [host],
        play: 0,
        allowedFailures: 0,
        ends: 'run',
        onExcess: 'finish',
        pressing: true,
      },
    ],
    tasks: [
      ...tasks,
      ...makeServiceTasks(desired, difference, batches, findPressing(input)).map((task) => ({
        ...task,
        batch: 0,
        onFailure: 'keep' as const,
      })),
      ...(tasks.length === 0 ? [] : makeAlarmTasks(desired, difference, new Set([host]), 0)),
    ],
  }
}

function makeRestoreTask({ difference }: PlanInput, host: string, generation: Generation): RestoreTask {
  const entries = difference.pairs.flatMap((pair) =>
    pair.placements.map((placement) => ({ pair, placement })),
  )
  return {
    kind: 'restore',
    id: `restore ${host}`,
    batch: 0,
    host,
    addresses: entries
      .filter(({ placement }) => placement.files.length > 0)
      .map(({ placement }) => placement.placement.address),
    generation: generation.id,
    pairs: entries.flatMap(planPairs),
  }
}
