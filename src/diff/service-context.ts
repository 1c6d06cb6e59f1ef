import type { HostActual } from '../model/actual.ts'
import type { Reason } from '../model/change.ts'
import type { PairId } from '../model/desired.ts'
import type { PairDifference, PlacementDifference } from '../model/difference.ts'

export interface ServiceContext {
  readonly play: number
  readonly host: HostActual
  readonly pairs: ReadonlyMap<PairId, PairDifference>
  /** The instant to judge at. */
  readonly at: Date
}

/** A reason together with the least that satisfies it. */
export interface Demand {
  readonly effect: 'restart' | 'reload'
  readonly reason: Reason
}

export function findPlacement(
  pair: Pick<PairDifference, 'placements'> | undefined,
  host: string,
): PlacementDifference | undefined {
  return pair?.placements.find(({ placement }) => placement.host === host)
}
