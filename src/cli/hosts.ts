import { createLocalHost } from '../hosts/local/local.ts'
import type { Desired } from '../model/desired.ts'
import type { Host } from '../model/host.ts'

/** A Host for every target; connecting is left to its first use. */
export function connectHosts(desired: Desired): Record<string, Host> {
  return Object.fromEntries(
    Object.values(desired.hosts).map((target) => [target.name, createLocalHost(target)]),
  )
}
