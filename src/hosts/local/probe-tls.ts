import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import type { ProbeFact } from '../../model/actual.ts'
import type { Certificate } from '../../model/certificate.ts'
import type { TlsProbe } from '../../model/host.ts'
import { parseDer } from '../../x509/parse.ts'
import { type Client, describeTlsError, openTls, readClient, unusableClient } from './tls-client.ts'

/**
 * How long a TLS 1.3 server that sends no session ticket is given to turn a client certificate away: this, and on a slow
 * line as long as the handshake took, which is more than an answer needs.
 */
export const rejectionMs = 1000

/**
 * A handshake, to see which certificate is served and whether the client's is taken. Nothing is verified here:
 * what is served is judged by those who ask (x509/served.ts). Nothing is sent inside the connection. Of the chain Node
 * shows what leads upwards from the server's own, in that order, and nothing else of what was sent.
 */
export async function probeTls(root: string | undefined, probe: TlsProbe): Promise<ProbeFact> {
  const { client, detail } = await readClient(root, probe)
  const fact = await shakeHands(probe, client)
  return fact.kind === 'served' && detail !== undefined ? { ...fact, detail } : fact
}

async function shakeHands(probe: TlsProbe, client: Client | undefined): Promise<ProbeFact> {
  // Asked for the server's status, for Node says nothing of a handshake before its end otherwise.
  const socket = await openTls(probe, { requestOCSP: true, ...client })
  if (!socket) return failed(unusableClient)
  return new Promise((resolve) => {
    let served: ProbeFact | undefined
    const beganMs = performance.now()
    const timers = [setTimeout(() => finish(served ?? failed('no answer in time')), probe.timeoutMs)]
    const finish = (fact: ProbeFact) => {
      for (const timer of timers) clearTimeout(timer)
      socket.destroy()
      resolve(fact)
    }
    const accept = () =>
      served?.kind === 'served' && finish({ ...served, ...(client ? { clientAccepted: true } : {}) })
    // Within the handshake, once the server's certificate is there: TLS 1.2 refuses a client before the handshake ends.
    socket.on('OCSPResponse', () => {
      served = readServed(socket)
    })
    socket.on('secureConnect', () => {
      served = readServed(socket)
      if (served.kind !== 'served' || !client || socket.getProtocol() !== 'TLSv1.3')
        return accept() || finish(served)
      timers.push(setTimeout(accept, Math.max(rejectionMs, performance.now() - beganMs)))
    })
    // A TLS 1.3 server sends its session tickets only after it has looked at the client's certificate.
    socket.on('session', accept)
    socket.on('error', (error) => finish(judgeError(error, served, client)))
    socket.on('close', () => finish(served ?? failed('the connection was closed')))
  })
}

function readServed(socket: TLSSocket): ProbeFact {
  const certificates: Certificate[] = []
  const seen = new Set<string>()
  let peer: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  while (peer?.raw && !seen.has(peer.fingerprint256)) {
    seen.add(peer.fingerprint256)
    const parsed = parseDer(peer.raw)
    if (typeof parsed === 'string') return failed(`it serves a certificate that ${parsed}`)
    certificates.push(parsed)
    peer = peer.issuerCertificate
  }
  const [first, ...rest] = certificates
  return first ? { kind: 'served', certificates: [first, ...rest] } : failed('it serves no certificate')
}

/** After the server's certificate is known, a TLS alert or a reset is the answer to the client's. */
function judgeError(error: Error, served: ProbeFact | undefined, client: Client | undefined): ProbeFact {
  const detail = describeTlsError(error)
  if (served?.kind === 'served') return client ? { ...served, clientAccepted: false, detail } : served
  return failed(detail)
}

function failed(detail: string): ProbeFact {
  return { kind: 'failed', detail }
}
