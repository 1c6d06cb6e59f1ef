// How a run takes and lets go of this machine.
import { stat } from 'node:fs/promises'
import type { LockRequest } from '../../model/transaction.ts'
import { nameWork, openSession, type Session, type Taken, type Writing } from '../transaction/session.ts'
import { openDisk, readLists, sweepStrays } from './disk.ts'
import { explain } from './errors.ts'
import { lockHost } from './lock.ts'
import { findNoFolder, findTop, whoWorks } from './look.ts'
import { openWays } from './open.ts'
import { readOwnerNames } from './owners.ts'

interface LocalWriting extends Writing {
  readonly list: string
}

export function openLocalSession(root: string | undefined, state: string): Session<Writing> {
  let release: (() => Promise<void>) | undefined
  const take = async (request: LockRequest): Promise<Taken<LocalWriting>> => {
    const strange = await findStrangeState(root, state)
    if (strange) return { kind: 'failed', detail: strange }
    const taken = await lockHost(state, request)
    if (taken.kind !== 'held') return taken
    release = taken.release
    const { names, list } = nameWork(state, request.run)
    const writing = { disk: openDisk(await findTop(root), state, list), names, list }
    // Whether something is pending is as quickly asked as recovered.
    return {
      kind: 'taken',
      writing,
      shared: taken.shared,
      pending: true,
      lists: await readLists(state),
    }
  }
  return openSession<LocalWriting>({
    take: (request) =>
      take(request).catch((error) => ({ kind: 'failed', detail: `${state}: ${explain(error)}` })),
    sweepStrays: () => sweepStrays(state),
    readOwnList: async ({ list }) => (await readLists(state)).filter(({ path }) => path === list),
    release: async () => {
      await release?.()
      release = undefined
    },
  })
}

/** What is kept there is believed, and written by us alone: nobody else may have his hands in it, or above it. */
export async function findStrangeState(root: string | undefined, state: string): Promise<string | undefined> {
  const noFolder = await findNoFolder(root)
  if (noFolder) return noFolder
  const ways = await openWays(root, await readOwnerNames([], []))
  const way = await ways.to(state.slice(root?.length ?? 0))
  if (way.kind !== 'trusted')
    return `others may lead the way to ${state} elsewhere: it has to be in folders of root's, or of whoever certwright works as`
  const found = await stat(state).catch(() => undefined)
  if (!found) return undefined
  const { uid } = whoWorks()
  if (!found.isDirectory()) return `${state} is no folder`
  if (found.uid !== uid && found.uid !== 0) return `${state} belongs to another user (number ${found.uid})`
  return (found.mode & 0o022) === 0 ? undefined : `others may write to ${state}: chmod 700 ${state}`
}
