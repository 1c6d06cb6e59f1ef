import { BlockList, isIP } from 'node:net'
import type { Certificate } from '../model/certificate.ts'
import { parseGeneralName } from './general-name.ts'

/**
 * The name that the clients of a service are known to ask for: the one that its probe names, else the host that is
 * probed. That host itself asks for no one in particular: a loopback address is where it finds the service, not what
 * others call it.
 */
export function findAskedName({ serverName, hostname }: Asking): string | undefined {
  return serverName ?? (isLoopback(hostname) ? undefined : hostname)
}

/** What is sent as Server Name Indication: an address is no server name (RFC 6066 §3). */
export function findServerName({ serverName, hostname }: Asking): string | undefined {
  return [serverName, hostname].find((name) => name !== undefined && isIP(name) === 0)
}

/** RFC 1122 §3.2.1.3 (127/8), RFC 4291 §2.5.3 (::1), RFC 6761 §6.3 (localhost). */
function isLoopback(hostname: string): boolean {
  return loopback.check(hostname, isIP(hostname) === 6 ? 'ipv6' : 'ipv4') || /^localhost\.?$/i.test(hostname)
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

interface Asking {
  readonly serverName?: string
  readonly hostname: string
}

/**
 * Whether a client that asks for this host takes the certificate (RFC 9525 §6): an address is among the SANs as such, a
 * name in any case, or by a wildcard that stands for one whole label above at least two others, because OpenSSL takes
 * no other (X509_check_host). The subject's CN is not asked.
 */
export function isAskedName({ subjectAltName }: Certificate, host: string): boolean {
  const kind = isIP(host) === 0 ? 'DNS' : 'IP'
  const asked = parseGeneralName(`${kind}:${host.replace(/\.$/, '')}`)
  if (asked.kind === 'error') return false
  const above = kind === 'DNS' && /^DNS:[^.]+(\.[^.]+\..+)$/.exec(asked.canonical)?.[1]
  const wildcard = above && `DNS:*${above}`
  return subjectAltName.some((name) => {
    const held = name.startsWith('DNS:') ? `DNS:${name.slice(4).toLowerCase()}` : name
    return held === asked.canonical || held === wildcard
  })
}
