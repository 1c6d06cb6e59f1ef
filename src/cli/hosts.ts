import { containHost } from '../hosts/contained.ts'
import { createLocalHost } from '../hosts/local/local.ts'
import { createSshHost } from '../hosts/ssh/ssh.ts'
import type { Desired } from '../model/desired.ts'
import type { Host } from '../model/host.ts'
import type { ResolveSecret } from '../model/secret.ts'

/** A Host for every target; connecting is left to its first use. */
export function connectHosts(desired: Desired, resolveSecret: ResolveSecret): Record<string, Host> {
  const hosts = Object.values(desired.hosts).map((target): [string, Host] => [
    target.name,
    containHost(
      target.connection === 'local' ? createLocalHost(target) : createSshHost(target, resolveSecret),
    ),
  ])
  return Object.fromEntries(hosts)
}
