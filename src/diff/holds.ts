import type { Problem } from '../model/change.ts'
import { findAlarmRecord } from './holds/alarm-record.ts'
import { findAnswers } from './holds/answers.ts'
import { findAuthoritiesOfTheFuture } from './holds/authority-not-yet-valid.ts'
import { findBlocked } from './holds/blocked.ts'
import { findClocks } from './holds/clock.ts'
import { findForeign } from './holds/foreign.ts'
import { findExceeded } from './holds/guards.ts'
import { type FindHolds, type Hold, isHeld, type Situation } from './holds/hold.ts'
import { findLoops } from './holds/loops.ts'
import { findMissingFolders } from './holds/missing-folders.ts'
import { findRefused } from './holds/refused.ts'
import { findRoom } from './holds/room.ts'
import { findRefusedRotations } from './holds/rotation-refused.ts'
import { findSilentServices } from './holds/services.ts'
import { findStopped } from './holds/stopped.ts'
import { findStuck } from './holds/stuck.ts'
import { findSuppliedOutOfDate } from './holds/supplied-out-of-date.ts'
import { findUnhealthyMembers } from './holds/unhealthy-members.ts'
import { findUnknownOwners } from './holds/unknown-owners.ts'
import { findUnreadable } from './holds/unreadable.ts'
import { findUnverified } from './holds/unverified.ts'

/**
 * Everything that holds something back. What a cause finds may take from a later one what that would have found: those
 * that look at single hosts and files come first, then what depends on them, and last what counts all that is left.
 */
const causes: readonly FindHolds[] = [
  findAnswers,
  findStuck,
  findClocks,
  findAlarmRecord,
  findUnreadable,
  findAuthoritiesOfTheFuture,
  findSuppliedOutOfDate,
  findUnknownOwners,
  findSilentServices,
  findRefused,
  findMissingFolders,
  findRoom,
  findForeign,
  findLoops,
  findRefusedRotations,
  findUnhealthyMembers,
  findBlocked,
  findUnverified,
  findStopped,
  findExceeded,
]

/** What the first cause has to say that has something new to say, and whether that are the guards. */
export function findNews(situation: Situation): { news: readonly Hold[]; byGuards: boolean } {
  const told = new Set(situation.problems.map(nameOf))
  const isNew = ({ problem, held }: Hold) =>
    !told.has(nameOf(problem)) || held.some((each) => !isHeld(situation.holds, each))
  for (const cause of causes) {
    const news = cause(situation).filter(isNew)
    if (news.length > 0) return { news, byGuards: cause === findExceeded }
  }
  return { news: [], byGuards: false }
}

/** Said again, of less than before, it is the same problem. */
export function nameOf({ code, address, path = '' }: Problem): string {
  return `${code} ${address} ${path}`
}
