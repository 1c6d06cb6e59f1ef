// How another takes the place of an authority, as the policy says it, or as it is where the policy says nothing.
import type { DesiredRotation } from '../model/desired.ts'
import type { PairContext } from './pair-context.ts'
import type { RawAuthority, RawCertificate } from './policy.ts'
import { complain, readDuration } from './reading.ts'

const defaultOverdue = '7d'

/**
 * Clients trust an authority by itself where no other in the policy signs it, or where the user brings it. Undefined for
 * every other pair: it is simply issued anew, and the root above it stays. `failed` after a complaint.
 */
export function readRotation(
  context: PairContext,
  raw: RawAuthority | RawCertificate,
): DesiredRotation | undefined | 'failed' {
  if (context.section !== 'authorities') return undefined
  const { rotation, supplied, authority }: RawAuthority = raw
  const keys = [context.section, context.name, 'rotation']
  if (authority !== undefined && !supplied) {
    if (!rotation) return undefined
    complain(context, keys, {
      code: 'rotation-of-intermediate',
      message: `${context.name} is signed by ${authority}: it is issued anew, and nobody has to trust another one for it`,
      hint: `leave rotation out here; it belongs to the authority at the top`,
    })
    return 'failed'
  }
  const overdueSeconds = readDuration(context, [...keys, 'overdue'], rotation?.overdue ?? defaultOverdue)
  if (overdueSeconds === undefined) return 'failed'
  return {
    method: rotation?.method ?? 'auto',
    start: rotation?.start ?? 'manual',
    distrust: rotation?.distrust ?? 'restart',
    overdueSeconds,
  }
}
