// What plan, apply and status have in common: load, gather, compare. Nothing is changed here.
import { resolve } from 'node:path'
import { diff } from '../diff/diff.ts'
import { gather } from '../gather/gather.ts'
import { load } from '../load/load.ts'
import type { Actual } from '../model/actual.ts'
import type { Desired } from '../model/desired.ts'
import type { Difference } from '../model/difference.ts'
import type { Host } from '../model/host.ts'
import { connectHosts } from './hosts.ts'
import type { RunOptions } from './options.ts'
import { reportDiagnostics } from './output.ts'
import { diskFiles } from './read-files.ts'
import { resolvePassphrase } from './secrets.ts'

export interface Session {
  readonly desired: Desired
  readonly hosts: Readonly<Record<string, Host>>
  /** Looks at every host, anew each time. */
  readonly observe: () => Promise<{ actual: Actual; difference: Difference }>
}

/** Undefined when the input is invalid; the diagnostics have then been printed. */
export async function openSession(playbook: string, options: RunOptions): Promise<Session | undefined> {
  const desired = await loadDesired(playbook, options)
  if (!desired) return undefined
  const hosts = connectHosts(desired)
  const observe = async () => {
    const actual = await gather(desired, hosts, resolvePassphrase)
    return { actual, difference: diff(desired, actual, options.at) }
  }
  return { desired, hosts, observe }
}

export async function loadDesired(playbook: string, options: RunOptions): Promise<Desired | undefined> {
  const { inventory, extraVars, at } = options
  const request = { playbook, inventories: inventory, extraVars, at, cwd: resolve('.'), resolvePassphrase }
  const { desired, diagnostics } = await load(request, diskFiles)
  reportDiagnostics(diagnostics, options, desired === undefined)
  return desired
}

export async function closeSession({ hosts }: Session): Promise<void> {
  await Promise.all(Object.values(hosts).map((host) => host.close()))
}
