// What became of a transaction, and what that means to the run.
import { HostError } from '../model/host.ts'
import type { InstallOutcome } from '../model/transaction.ts'
import { noteFailure, type Run, refusal } from './context.ts'

/** `lost`: nobody knows how far it came; the host finishes it or undoes it, or the next run does. */
export type Installed =
  | InstallOutcome
  | { readonly kind: 'lost'; readonly detail: string; readonly path?: string }

export const installStatuses = {
  installed: 'done',
  stale: 'stale',
  failed: 'failed',
  stuck: 'failed',
  lost: 'lost',
} as const

export async function attempt(
  run: Run,
  host: string,
  work: () => Promise<InstallOutcome>,
): Promise<Installed> {
  try {
    return await work()
  } catch (error) {
    const isLost = error instanceof HostError && error.unreachable
    return { kind: isLost ? 'lost' : 'failed', detail: refusal(run, host, error) }
  }
}

export function noteInstalled(run: Run, host: string, result: Installed): void {
  if (result.kind === 'installed') return
  noteFailure(run, host, 'renewal', describeInstalled(result))
  if (result.kind === 'stuck') run.needsHuman.add(host)
  if (result.kind === 'lost') run.lost.add(host)
}

const consequences = {
  stale: 'nothing was written, plan again',
  failed: 'nothing has changed',
  stuck: 'see certwright recover',
  lost: 'the next run finds out how far it came, and finishes or undoes it',
}

export function describeInstalled(outcome: Exclude<Installed, { kind: 'installed' }>): string {
  const where = outcome.path === undefined ? '' : `${outcome.path}: `
  return `${where}${outcome.detail}; ${consequences[outcome.kind]}`
}
