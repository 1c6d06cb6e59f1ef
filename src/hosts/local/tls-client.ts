// What this machine presents as a client in TLS, and how a handshake that fails is told.
import type { ConnectionOptions, TLSSocket, TLSSocketOptions } from 'node:tls'
import type { TlsProbe } from '../../model/host.ts'
import { findServerName } from '../../x509/asked-name.ts'
import { parseCertificates } from '../../x509/parse.ts'
import { errorCode } from './errors.ts'
import { openManaged } from './open.ts'

export interface Client {
  readonly cert: Buffer
  readonly key: Buffer
}

/** The client's pair, or why it is not presented: a certificate that the real clock rejects would prove nothing. */
export async function readClient(
  root: string | undefined,
  { client }: Pick<TlsProbe, 'client'>,
): Promise<{ readonly client?: Client; readonly detail?: string }> {
  if (!client) return {}
  const cert = await openManaged(root, client.certificate)
  const key = await openManaged(root, client.privateKey)
  if (cert.kind !== 'file' || key.kind !== 'file') return { detail: 'no client certificate to present' }
  const parsed = parseCertificates(cert.bytes)
  if (parsed.kind !== 'certificates') return { detail: 'no client certificate to present' }
  const [{ notBefore, notAfter }] = parsed.certificates
  const now = Date.now()
  if (now < Date.parse(notBefore) || now > Date.parse(notAfter))
    return { detail: "the client's certificate is not valid by this host's clock, and was not presented" }
  return { client: { cert: cert.bytes, key: key.bytes } }
}

/**
 * Undefined: what is to be presented cannot be. Unless `options` say otherwise nothing is verified, and Node's own
 * authorities are left out of it: what they know would otherwise pass for sent. No event comes before whoever awaits this goes on.
 */
export async function openTls(
  where: Pick<TlsProbe, 'hostname' | 'port' | 'serverName'>,
  options: ConnectionOptions & TLSSocketOptions = {},
): Promise<TLSSocket | undefined> {
  const { connect } = await import('node:tls')
  const servername = findServerName(where)
  const { hostname: host, port } = where
  try {
    return connect({
      host,
      port,
      ca: [],
      rejectUnauthorized: false,
      ...options,
      ...(servername === undefined ? {} : { servername }),
    })
  } catch {
    return undefined
  }
}

export const unusableClient = "the client's certificate and key cannot be presented"

export function describeTlsError(error: Error): string {
  const code = errorCode(error) ?? ''
  if (code === 'ECONNREFUSED') return 'the connection was refused'
  if (code === 'ECONNRESET') return 'the connection was reset'
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return 'it does not speak TLS'
  const alert = /ALERT_([A-Z_]+)$/.exec(code)?.[1]
  return alert === undefined ? code : `TLS alert ${alert.toLowerCase().replaceAll('_', ' ')}`
}
