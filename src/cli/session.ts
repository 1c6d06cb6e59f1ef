// What plan, apply and status have in common: load, gather, compare. Nothing is changed here.
import { resolve } from 'node:path'
import { diff } from '../diff/diff.ts'
import { gather } from '../gather/gather.ts'
import { type Loaded, load } from '../load/load.ts'
import type { Actual } from '../model/actual.ts'
import type { Desired } from '../model/desired.ts'
import type { Difference } from '../model/difference.ts'
import type { Host } from '../model/host.ts'
import type { SecretStore } from '../model/secret.ts'
import { connectHosts } from './hosts.ts'
import type { RunOptions } from './options.ts'
import { reportDiagnostics } from './output.ts'
import { diskFiles } from './read-files.ts'
import { createSecretStore } from './secrets.ts'

export interface Session {
  readonly desired: Desired
  readonly secrets: SecretStore
  readonly hosts: Readonly<Record<string, Host>>
  /** Looks at every host, anew each time. */
  readonly observe: () => Promise<{ actual: Actual; difference: Difference }>
}

/** Undefined when the input is invalid; the diagnostics have then been printed. */
export async function openSession(playbook: string, options: RunOptions): Promise<Session | undefined> {
  const secrets = createSecretStore(options)
  const { desired, diagnostics } = await loadPlaybook(playbook, options, secrets)
  reportDiagnostics(diagnostics, options, desired === undefined)
  if (!desired) return undefined
  const hosts = connectHosts(desired, secrets.resolve)
  const observe = async () => {
    const actual = await gather(desired, hosts, secrets.resolve, options.forks)
    return { actual, difference: diff(desired, actual, options.at) }
  }
  return { desired, secrets, hosts, observe }
}

export function loadPlaybook(
  playbook: string,
  { inventory, extraVars, limit, at }: RunOptions,
  secrets: SecretStore,
): Promise<Loaded> {
  const request = { playbook, inventories: inventory, extraVars, at, cwd: resolve('.'), secrets }
  return load(limit === undefined ? request : { ...request, limit }, diskFiles)
}

export async function closeSession({ hosts }: Session): Promise<void> {
  await Promise.all(Object.values(hosts).map((host) => host.close()))
}
