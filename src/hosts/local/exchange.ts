import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { ExchangeFact, TlsExchange } from '../../model/host.ts'
import { openManaged } from './open.ts'
import { describeTlsError, openTls, readClient, unusableClient } from './tls-client.ts'

/**
 * One question inside TLS. With an authority OpenSSL verifies chain, validity and name before anything is sent, and
 * trusts that authority alone; without one nothing is verified.
 */
export async function exchange(root: string | undefined, request: TlsExchange): Promise<ExchangeFact> {
  const trust = await readAuthority(root, request)
  if (typeof trust === 'string') return failed(trust)
  const { client, detail } = await readClient(root, request)
  const fact = await ask(request, { ...trust, ...client })
  return fact.kind === 'answered' && detail !== undefined ? { ...fact, detail } : fact
}

async function readAuthority(
  root: string | undefined,
  { authority, hostname, serverName }: TlsExchange,
): Promise<ConnectionOptions | string> {
  if (authority === undefined) return {}
  const found = await openManaged(root, authority)
  if (found.kind !== 'file') return unreadableAuthority(authority)
  const { checkServerIdentity } = await import('node:tls')
  return {
    ca: [found.bytes],
    // An intermediate is trusted as it is.
    allowPartialTrustChain: true,
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(serverName ?? hostname, certificate),
  }
}

export function unreadableAuthority(path: string): string {
  return `${path}, which is to verify it, cannot be read`
}

async function ask(request: TlsExchange, trust: ConnectionOptions): Promise<ExchangeFact> {
  const { hostname: host, serverName, send, maximumBytes, timeoutMs } = request
  const socket = await openTls(request, trust)
  if (!socket) return failed(unusableClient)
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    let bytes = 0
    const finish = (detail: string) => {
      clearTimeout(timer)
      socket.destroy()
      const text = Buffer.concat(parts).subarray(0, maximumBytes).toString('latin1')
      resolve(text === '' ? failed(detail) : { kind: 'answered', text })
    }
    // What has come until then is judged: not everybody closes when asked to.
    const timer = setTimeout(() => finish('no answer in time'), timeoutMs)
    socket.on('secureConnect', () => socket.write(send))
    socket.on('data', (part: Buffer) => {
      parts.push(part)
      bytes += part.length
      if (bytes >= maximumBytes) finish('')
    })
    socket.on('error', (error) => finish(describeRefusal(error, socket, serverName ?? host)))
    socket.on('close', () => finish('the connection was closed'))
  })
}

function describeRefusal(error: Error, socket: TLSSocket, name: string): string {
  if (!socket.authorizationError) return describeTlsError(error)
  if (error.name === 'Error' && 'cert' in error && 'host' in error)
    return `its certificate is not for ${name}`
  return `its certificate is not trusted: ${error.message}`
}

function failed(detail: string): ExchangeFact {
  return { kind: 'failed', detail }
}
