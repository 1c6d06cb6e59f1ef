// Whether the way to a folder can be trusted: who may exchange what lies on it. Pure; the rules are those of systemd's
// CHASE_SAFE (src/basic/chase.c): from a folder of somebody else, the way leads only to folders of the same one.

import type { Distrust } from '../../model/actual.ts'

/** A folder or a link that was passed, as lstat has it; in the order in which they were, from the root on. */
export interface Passed {
  readonly path: string
  /** `hidden`: whoever certwright works as may not look there. */
  readonly kind: 'folder' | 'link' | 'other' | 'hidden'
  readonly uid: number
  readonly gid: number
  /** The same by name, or by number where there is none. */
  readonly owner: string
  readonly group: string
  readonly mode: number
  /** Of the file system that it is on. */
  readonly device: string
}

export interface Walked {
  readonly passed: readonly Passed[]
  /** What does not exist, below the last folder that does. */
  readonly missing: readonly string[]
}

/** Whoever certwright works as on the machine. */
export interface Worker {
  readonly uid: number
  readonly gid: number
}

export type Way =
  /** Nobody else can exchange anything on it. */
  | { readonly kind: 'trusted'; readonly folder: string; readonly missing: readonly string[] }
  /** It ends in folders of one other user; `staging` is the nearest folder of ours, on the same file system. */
  | {
      readonly kind: 'held'
      readonly folder: string
      readonly missing: readonly string[]
      readonly holder: number
      readonly gid: number
      /** Who that is, in words. */
      readonly by: string
      /** Where the part that is not ours begins. */
      readonly since: string
      readonly staging: string
    }
  /** Nothing may be written at its end; `readable`: what is there may be looked at all the same. */
  | {
      readonly kind: 'refused'
      readonly fault: WayFault
      readonly readable?: {
        readonly folder: string
        readonly missing: readonly string[]
        readonly holder: number
      }
    }

/** `detail` completes "FOLDER …". */
export type WayFault = Distrust

interface Holder {
  readonly uid: number
  /** A group may write there, not the owner alone. */
  readonly isGroup: boolean
  readonly since: Passed
  readonly before: Passed | undefined
}

/** `top`: the folder that is trusted as it is, because the user named it. */
export function judgeWay({ passed, missing }: Walked, top: string, me: Worker): Way {
  let holder: Holder | undefined
  let last: Passed | undefined
  let fault: WayFault | undefined
  for (const each of passed) {
    const found = judgeStep(each, last, holder, me)
    if (found && !lookable.has(found.reason)) return refuse(each.path, found.reason, found.detail)
    if (found) fault ??= { folder: each.path, ...found }
    if (each.kind === 'link') continue
    if (last) holder ??= findHolder(each, last, me)
    last = each
  }
  if (!last) return { kind: 'trusted', folder: top, missing }
  const { path: folder, gid, uid } = last
  fault ??= holder && findLackOfRoom(holder, last)
  if (fault) return { kind: 'refused', fault, readable: { folder, missing, holder: uid } }
  if (!holder?.before) return { kind: 'trusted', folder, missing }
  const { before, since } = holder
  return {
    kind: 'held',
    folder,
    missing,
    holder: holder.uid,
    gid,
    by: whose(holder),
    since: since.path,
    staging: before.path,
  }
}

/** Nothing is written there, but it does no harm to look. */
const lookable: ReadonlySet<WayFault['reason']> = new Set(['exposed', 'handed-on', 'own-disk'])

function findLackOfRoom(holder: Holder, last: Passed): WayFault | undefined {
  if (holder.before?.device === last.device) return undefined
  return {
    folder: holder.since.path,
    reason: 'own-disk',
    detail: `belongs to ${whose(holder)} and is on a file system of its own: there is no folder of root's on it to prepare files in`,
  }
}

function refuse(folder: string, reason: WayFault['reason'], detail: string): Way {
  return { kind: 'refused', fault: { folder, reason, detail } }
}

function judgeStep(
  step: Passed,
  last: Passed | undefined,
  holder: Holder | undefined,
  me: Worker,
): Omit<WayFault, 'folder'> | undefined {
  if (step.kind === 'hidden') return { reason: 'blocked', detail: 'may not be looked into' }
  if (step.kind === 'other') return { reason: 'blocked', detail: 'is on the way, and is no folder' }
  if (step.kind === 'link')
    return holder || (last && isOpen(last) && !isOurs(step.uid, me))
      ? {
          reason: 'foreign-link',
          detail: `is a link that ${holder ? whose(holder) : `user ${step.owner}`} may lead elsewhere`,
        }
      : undefined
  if (isOpen(step) && !isSticky(step)) return { reason: 'exposed', detail: 'may be written to by everybody' }
  if (!holder || (!holder.isGroup && holder.uid === step.uid)) return undefined
  return {
    reason: 'handed-on',
    detail: `belongs to user ${step.owner} and lies in ${holder.since.path}, where ${whose(holder)} may exchange it`,
  }
}

function findHolder(folder: Passed, before: Passed | undefined, me: Worker): Holder | undefined {
  if (!isOurs(folder.uid, me)) return { uid: folder.uid, isGroup: false, since: folder, before }
  const isGroups = (folder.mode & 0o020) !== 0 && !isSticky(folder) && ![0, me.gid].includes(folder.gid)
  return isGroups ? { uid: folder.uid, isGroup: true, since: folder, before } : undefined
}

function whose({ isGroup, since }: Holder): string {
  return isGroup ? `group ${since.group}` : `user ${since.owner}`
}

function isOurs(uid: number, me: Worker): boolean {
  return uid === 0 || uid === me.uid
}

function isOpen({ mode }: Passed): boolean {
  return (mode & 0o002) !== 0
}

function isSticky({ mode }: Passed): boolean {
  return (mode & 0o1000) !== 0
}

export function explainFault({ folder, detail }: WayFault): string {
  return `${folder} ${detail}`
}
