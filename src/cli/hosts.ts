import { createLocalHost } from '../hosts/local/local.ts'
import type { Desired, HostTarget } from '../model/desired.ts'
import { type Host, HostError } from '../model/host.ts'

/** A Host for every target; connecting is left to its first use. */
export function connectHosts(desired: Desired): Record<string, Host> {
  return Object.fromEntries(Object.values(desired.hosts).map((target) => [target.name, connect(target)]))
}

function connect(target: HostTarget): Host {
  if (target.connection === 'local') return createLocalHost(target)
  throw new HostError(`${target.name}: connections over ssh are not built yet: set ansible_connection: local`)
}
