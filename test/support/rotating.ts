import type { DesiredRotation } from '../../src/model/desired.ts'
import type { PairDifference, PlacementDifference, Rotation } from '../../src/model/difference.ts'
import { pairDifference } from './difference.ts'

/** On its way, and nothing presses, but for what a test changes. */
export function rotationOf(over: Partial<Rotation> = {}): Rotation {
  return {
    method: 'bundle',
    why: 'the policy says so',
    phase: 'trust',
    advances: false,
    hosts: [],
    waits: [],
    isOverdue: false,
    ...over,
  }
}

/** A trust anchor that another takes the place of. */
export function rotating(
  placements: readonly PlacementDifference[],
  rotation: Rotation | undefined,
  { pair, ...over }: Parameters<typeof pairDifference>[2] = {},
): PairDifference {
  const desired: DesiredRotation = {
    method: 'auto',
    start: 'manual',
    distrust: 'restart',
    overdueSeconds: 7 * 86_400,
  }
  return pairDifference('ca', placements, {
    ...over,
    ...(rotation ? { rotation } : {}),
    pair: { id: 'authority/ca', kind: 'authority', rotation: desired, ...pair },
  })
}
