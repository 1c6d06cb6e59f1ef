// What differs for nothing but a phase of a rotation that is yet to come. The rotation's own alarm tells of it: nothing
// failed there, and what did is told as a failure of its run or as a problem.
import type { Reason, ReasonCode } from '../model/change.ts'
import type { PairId } from '../model/desired.ts'
import type {
  Difference,
  FileDifference,
  PairDifference,
  PlacementDifference,
  ServiceDifference,
} from '../model/difference.ts'
import type { View } from './view.ts'

type Compared = Pick<Difference, 'pairs' | 'services'>

/** As if all that merely awaits a phase were in order. */
export function withoutPhases<T extends Compared>(difference: T, view: View): T {
  const { pairs, services } = difference
  if (!pairs.some(({ pair, rotation }) => pair.waiting || rotation)) return difference
  const byId = new Map(pairs.map((each) => [each.pair.id, each]))
  const settled = pairs.filter(({ pair }) => !pair.waiting).map((each) => settlePair(byId, each))
  const left = new Map(settled.map((each) => [each.pair.id, each]))
  return {
    ...difference,
    pairs: settled,
    services: services.map((each) => settleService(byId, left, each, view)),
  }
}

type PairsById = ReadonlyMap<PairId, PairDifference>

function settlePair(byId: PairsById, each: PairDifference): PairDifference {
  const { rotation, issue, withheld, placements } = each
  if (!rotation && !isBelowRotation(byId, each)) return each
  const issueReasons = (issue ?? withheld)?.reasons ?? []
  const isAwaiting = (placement: PlacementDifference) =>
    rotation ? hasFile(placement) : isInherited([...issueReasons, ...placement.files.flatMap(reasonsOf)])
  return {
    ...each,
    placements: placements.map((found) =>
      isAwaiting(found) ? { ...found, files: found.files.map(settleFile) } : found,
    ),
  }
}

/** Whoever is to trust an authority and has no file of it that could be read is no phase behind. */
function hasFile({ files }: PlacementDifference): boolean {
  return files.every(({ what, fact }) => what !== 'certificate' || fact.kind === 'certificate')
}

function isBelowRotation(byId: PairsById, { pair }: PairDifference): boolean {
  const above = pair.authority === undefined ? undefined : byId.get(pair.authority)
  return above !== undefined && (above.rotation !== undefined || isBelowRotation(byId, above))
}

/** What befalls a certificate when another authority signs from now on. */
const phaseReasons: ReadonlySet<ReasonCode> = new Set([
  'issuer-differs',
  'outlives-authority',
  'chain-differs',
  'copy-differs',
])

function isInherited(reasons: readonly Reason[]): boolean {
  return reasons.every(({ code }) => phaseReasons.has(code))
}

function reasonsOf({ reasons }: FileDifference): readonly Reason[] {
  return reasons
}

function settleFile({ withheld: _, ...file }: FileDifference): FileDifference {
  return { ...file, write: 'nothing', reasons: [] } as FileDifference
}

/** It is to be told of nothing but what awaits a phase. What a plan tells it is done by then. */
function settleService(
  before: PairsById,
  left: PairsById,
  each: ServiceDifference,
  view: View,
): ServiceDifference {
  const { service, action, withheld: _, reasons, ...rest } = each
  const differing = (pairs: PairsById) =>
    service.uses.filter(({ pair }) => differs(pairs.get(pair), service.host)).length
  const isForPhase = differing(before) > 0 && differing(left) === 0
  const isTold = view === 'planned' && action !== 'none'
  if (!isForPhase || isTold || reasons.some(({ code }) => code !== 'uses-changed')) return each
  return { ...rest, service, action: 'none', reasons: [] }
}

function differs(pair: PairDifference | undefined, host: string): boolean {
  const own = pair?.placements.filter(({ placement }) => placement.host === host) ?? []
  return own.some(({ files }) =>
    files.some(({ write, withheld }) => write !== 'nothing' || withheld !== undefined),
  )
}
