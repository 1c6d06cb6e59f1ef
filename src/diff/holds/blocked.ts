// What needs something that is held back, or out of sight: a signature, or a pair that only another host has.
import type { Problem, Reason } from '../../model/change.ts'
import type { DesiredPair, PairId, Placement } from '../../model/desired.ts'
import type { PairDifference, PlacementDifference, WithheldIssue } from '../../model/difference.ts'
import { type FindHolds, type Held, type Hold, isWaiting, mayRead, mayWrite, type Situation } from './hold.ts'

export const findBlocked: FindHolds = (situation) => {
  const byId = new Map(situation.pairs.map((each) => [each.pair.id, each]))
  return situation.pairs.flatMap((each) => [
    ...findUnsigned(each, byId, situation),
    ...findUncopied(each, situation),
    ...findStandstill(each, situation),
  ])
}

type Obstacle = Pick<Problem, 'code' | 'message' | 'hint'>

/** It would be issued, and its authority cannot sign. */
function findUnsigned(
  { pair, issue, placements }: PairDifference,
  byId: ReadonlyMap<PairId, PairDifference>,
  situation: Situation,
): Hold[] {
  const signer = pair.authority === undefined ? undefined : byId.get(pair.authority)
  const obstacle = issue && signer && findSigningObstacle(signer, situation)
  if (!obstacle) return []
  const places = placements.filter(isRewritten).map(({ placement }) => placement)
  const message = `${pair.name} is needed anew (${list(issue.reasons)}): ${obstacle.message}`
  return tell(pair, places, { ...obstacle, message }, [{ what: 'issue', pair: pair.id }])
}

function findSigningObstacle(signer: PairDifference, situation: Situation): Obstacle | undefined {
  const { pair, issue, withheld, rotation, signs, current } = signer
  if (issue || (pair.supplied && !withheld)) return undefined
  const origin = signs ? signs.origin : signer.origin
  if (origin && !mayRead(situation.holds, origin.host))
    return byHosts(`it would be signed on ${origin.host}, which is left alone`, [origin.host], situation)
  const { notAfter } = signs?.certificate ?? current ?? {}
  const isOver = notAfter !== undefined && situation.at.getTime() > Date.parse(notAfter)
  if (origin?.usable && !isOver) return undefined
  return withReasons(explain(pair, withheld, situation), withheld?.reasons ?? rotation?.reasons ?? [])
}

/** It stands on a host where nothing may be touched, and others would copy it from there. */
function findUncopied({ pair, issue, origin, placements }: PairDifference, situation: Situation): Hold[] {
  const { holds } = situation
  if (issue || !origin || mayRead(holds, origin.host)) return []
  const message = `${pair.name} would come from ${origin.host}, which is left alone`
  const obstacle = byHosts(message, [origin.host], situation)
  return placements
    .filter((each) => mayWrite(holds, pair.id, each.placement.host) && isRewritten(each))
    .flatMap(({ placement }) =>
      tell(pair, [placement], obstacle, [{ what: 'placement', pair: pair.id, host: placement.host }]),
    )
}

function isRewritten({ files }: PlacementDifference): boolean {
  return files.some(({ write }) => write === 'content')
}

/** It is due, or nobody can tell, and none is made. Where nothing is lacking, and nothing is known to be due, that is no matter. */
function findStandstill({ pair, withheld, placements }: PairDifference, situation: Situation): Hold[] {
  if (!withheld || withheld.why === 'held') return []
  const places = placements
    .filter(
      ({ placement, files }) =>
        mayWrite(situation.holds, pair.id, placement.host) &&
        (withheld.reasons.length > 0 || files.some(({ fact }) => fact.kind === 'absent')),
    )
    .map(({ placement }) => placement)
  return tell(pair, places, withReasons(explain(pair, withheld, situation), withheld.reasons), [])
}

function explain({ name }: DesiredPair, withheld: WithheldIssue | undefined, situation: Situation): Obstacle {
  const { why = 'held', hosts = [], followers = [] } = withheld ?? {}
  const names = hosts.join(', ')
  if (why === 'outside-limit')
    return {
      code: 'outside-limit',
      message: `${name} has to be issued on ${names}, which --limit leaves out`,
      hint: `run without --limit, or add ${names} to it`,
    }
  const messages = {
    held: `${name} is not in order, and is not made anew`,
    unseen: `whether ${names} has ${name} cannot be told`,
    'cannot-follow': `${name} is not made anew before all that needs it can follow: ${followers.join(', ')}`,
    'left-alone': `${name} would have to be made anew on ${names} too, which is left alone`,
  }
  return byHosts(messages[why], hosts, situation)
}

/** Where all that is waited for is another run, the next one comes after it. */
function byHosts(message: string, hosts: readonly string[], { holds }: Situation): Obstacle {
  return hosts.length > 0 && hosts.every((host) => isWaiting(holds, { what: 'host', host }))
    ? {
        code: 'depends-on-held',
        message,
        hint: 'the next run follows by itself; or let this one wait: --lock-timeout 10m',
      }
    : { code: 'depends-on-blocked', message, hint: 'mend that first; this follows by itself' }
}

function withReasons(obstacle: Obstacle, reasons: readonly Reason[]): Obstacle {
  if (reasons.length === 0) return obstacle
  return { ...obstacle, message: `${obstacle.message} (${list(reasons)})` }
}

function list(reasons: readonly Reason[]): string {
  return reasons.map(({ message }) => message).join('; ')
}

function tell(
  { source }: DesiredPair,
  places: readonly Placement[],
  obstacle: Obstacle,
  held: readonly Held[],
): Hold[] {
  return places.map(({ host, address }) => ({ held, problem: { address, host, ...obstacle, source } }))
}
