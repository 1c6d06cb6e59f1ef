// The lock of this machine, or of a root on it: one run at a time changes anything.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LockRequest } from '../../model/transaction.ts'
import { makePrivateFolder } from './files.ts'
import { type FileLock, takeFileLock } from './flock.ts'

export type HostLock =
  | {
      readonly kind: 'held'
      readonly release: () => Promise<void>
      /** By this run already, under another name of the machine. */
      readonly shared: boolean
    }
  /** By somebody else: how they introduced themselves. */
  | { readonly kind: 'busy'; readonly by: string }
  | { readonly kind: 'failed'; readonly detail: string }

const pollMs = 200
/** A holder that has just come introduces itself at once; until then nobody knows whether it is this very run. */
const introductionMs = 600

/** Two names of an inventory may be one machine: what this run holds already, it holds. */
export async function lockHost(state: string, { run, holder, timeoutMs }: LockRequest): Promise<HostLock> {
  const location = join(state, 'lock')
  const until = performance.now() + Math.max(timeoutMs, introductionMs)
  await makePrivateFolder(state)
  let lock: FileLock = await takeFileLock(location)
  while (lock.kind === 'busy') {
    const by = await readHolder(location)
    if (by.run === run) return { kind: 'held', release: async () => undefined, shared: true }
    if (performance.now() > until) return { kind: 'busy', by: by.holder }
    await sleep(pollMs)
    lock = await takeFileLock(location)
  }
  if (lock.kind !== 'held') return lock
  await writeFile(location, `${run} ${holder}\n`, { mode: 0o600 })
  return { ...lock, shared: false }
}

async function readHolder(location: string): Promise<{ run: string; holder: string }> {
  const [run = '', ...rest] = (await readFile(location, 'utf8').catch(() => '')).trim().split(' ')
  return { run, holder: rest.join(' ') || 'somebody who does not say who' }
}
