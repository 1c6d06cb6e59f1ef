// The trust anchors of a host, and which of them another takes the place of, for the alarm about each.
import { isNamed } from '../model/address.ts'
import type {
  Difference,
  PairDifference,
  Rotation,
  RotationPhase,
  RotationWait,
} from '../model/difference.ts'
import { findAbsent } from './sharing.ts'
import type { View } from './view.ts'

export interface AuthorityCondition {
  readonly name: string
  /** Absent: none is on its way or due, as far as can be seen. */
  readonly rotation?: RotationCondition
  /** Every host that is to trust it was looked at. */
  readonly seen: boolean
}

export interface RotationCondition {
  readonly phase: RotationPhase
  /** Each completes "waits for …"; this host's first. */
  readonly waits: readonly string[]
  readonly isOverdue: boolean
  /** ISO 8601. Of the one that is to go, where that is before long. */
  readonly endsAt?: string
  /** ISO 8601. */
  readonly since?: string
  /** Whether `apply` goes on with it by itself. */
  readonly isAutomatic: boolean
}

/** Before the old one ends, all have to trust the new one: so much time is left to see to it. */
const pressingMs = 30 * 86_400_000

interface Looked {
  readonly host: string
  readonly difference: Pick<Difference, 'pairs'>
  readonly view: View
  readonly at: Date
}

export function listAuthorities({ host, difference: { pairs }, view, at }: Looked): AuthorityCondition[] {
  return pairs
    .filter((each) => isAnchor(each, host))
    .map((each) => {
      const rotation = findRotation(each, view)
      return {
        name: each.pair.name,
        ...(rotation ? { rotation: describe(each, rotation, host, at) } : {}),
        seen: findAbsent(each).length + (each.pair.beyondLimit?.length ?? 0) === 0,
      }
    })
}

function isAnchor({ pair, placements }: PairDifference, host: string): boolean {
  if (pair.kind !== 'authority' || pair.waiting) return false
  return placements.some(({ placement }) => placement.host === host)
}

/** The last phase, once carried out, leaves nothing of it; nor does one that somebody asked for and that did not begin. */
function findRotation({ rotation }: PairDifference, view: View): Rotation | undefined {
  if (!rotation) return undefined
  const { phase, advances, waits, method, reasons } = rotation
  const isAskedFor = phase === 'prepare' && reasons?.length === 0
  if (view !== 'planned' || !advances || waits.length > 0) return isAskedFor ? undefined : rotation
  if (phase === 'prepare') return { ...rotation, phase: method === 'bridge' ? 'sign' : 'trust' }
  return phase === 'finish' ? undefined : rotation
}

function describe(
  { pair, current }: PairDifference,
  { phase, waits, isOverdue, other, since }: Rotation,
  host: string,
  at: Date,
): RotationCondition {
  const notAfter = (other ?? (phase === 'prepare' ? current : undefined))?.notAfter
  const isPressing = notAfter !== undefined && Date.parse(notAfter) - at.getTime() < pressingMs
  return {
    phase,
    waits: listWaits(waits, host),
    isOverdue,
    ...(isPressing ? { endsAt: notAfter } : {}),
    ...(since ? { since: since.toISOString() } : {}),
    isAutomatic: pair.rotation?.start === 'automatic',
  }
}

function listWaits(waits: readonly RotationWait[], host: string): string[] {
  // What the phase itself does to files is not waited for.
  const holding = waits.filter(({ what }) => what !== 'file' && what !== 'leaf')
  const own = holding.filter((each) => each.host === host).map(({ message }) => message)
  const others = holding.filter((each) => each.host !== host)
  const told = others.map(({ host: name, message }) =>
    isNamed(name, message) ? message : `${name}: ${message}`,
  )
  return [...new Set([...own, ...told])]
}
