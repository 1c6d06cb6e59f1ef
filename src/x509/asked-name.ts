import { isIP } from 'node:net'
import type { Certificate } from '../model/certificate.ts'
import { parseGeneralName } from './general-name.ts'

/**
 * Whether a client that asks for this host takes the certificate (RFC 9525 §6): an address is among the SANs as such, a
 * name in any case, or by a wildcard that stands for one whole label. The subject's CN is not asked.
 */
export function isAskedName({ subjectAltName }: Certificate, host: string): boolean {
  const kind = isIP(host) === 0 ? 'DNS' : 'IP'
  const asked = parseGeneralName(`${kind}:${host.replace(/\.$/, '')}`)
  if (asked.kind === 'error') return false
  const wildcard = kind === 'DNS' && asked.canonical.replace(/^DNS:[^.]+\./, 'DNS:*.')
  return subjectAltName.some((name) => {
    const held = name.startsWith('DNS:') ? `DNS:${name.slice(4).toLowerCase()}` : name
    return held === asked.canonical || held === wildcard
  })
}
