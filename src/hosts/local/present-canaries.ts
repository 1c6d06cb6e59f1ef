import type { Canary, CanaryFact, CanaryRequest } from '../../model/host.ts'
import { unasked, unusable } from '../canaries.ts'
import { errorCode } from './errors.ts'
import { rejectionMs } from './probe-tls.ts'
import { describeTlsError, openTls } from './tls-client.ts'

/** In this process: no key leaves its memory. */
export async function presentCanaries({ canaries, ...where }: CanaryRequest): Promise<CanaryFact[]> {
  return Promise.all(canaries.map((canary) => present(where, canary)))
}

async function present(
  { timeoutMs, ...where }: Omit<CanaryRequest, 'canaries'>,
  { certificatePem, keyPem }: Canary,
): Promise<CanaryFact> {
  const socket = await openTls(where, { requestOCSP: true, cert: certificatePem, key: keyPem })
  if (!socket) return failed(unusable)
  return new Promise((resolve) => {
    let [isAsked, isOver] = [false, false]
    const beganMs = performance.now()
    const timers = [setTimeout(() => finish(failed('no answer in time')), timeoutMs)]
    const finish = (fact: CanaryFact) => {
      for (const timer of timers) clearTimeout(timer)
      socket.destroy()
      resolve(fact)
    }
    const accept = () => isOver && finish({ kind: 'accepted' })
    // Only a CertificateRequest brings signature algorithms to a client. Within the handshake: TLS 1.2 refuses before its end.
    socket.on('OCSPResponse', () => {
      isAsked = socket.getSharedSigalgs().length > 0
    })
    socket.on('secureConnect', () => {
      if (socket.getSharedSigalgs().length === 0) return finish(failed(unasked))
      isAsked = isOver = true
      if (socket.getProtocol() !== 'TLSv1.3') return accept()
      timers.push(setTimeout(accept, Math.max(rejectionMs, performance.now() - beganMs)))
    })
    // A TLS 1.3 server sends its session tickets only after it has looked at the client's certificate.
    socket.on('session', accept)
    socket.on('error', (error) => finish(judgeError(error, isAsked)))
    socket.on('close', () => finish(judgeEnd('the connection was closed', isAsked)))
  })
}

/** A server that says it got none has not looked at ours: it does not know what that is signed with. */
function judgeError(error: Error, isAsked: boolean): CanaryFact {
  const isNone = errorCode(error)?.endsWith('ALERT_CERTIFICATE_REQUIRED') ?? false
  return judgeEnd(describeTlsError(error), isAsked && !isNone)
}

function judgeEnd(detail: string, isAsked: boolean): CanaryFact {
  return isAsked ? { kind: 'refused', detail } : failed(detail)
}

function failed(detail: string): CanaryFact {
  return { kind: 'failed', detail }
}
