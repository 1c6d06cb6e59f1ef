// What is asked of an HTTP endpoint, and what its answer means. Pure; TLS is a Host's.
import type { ProbeFact } from '../model/actual.ts'
import type { ExchangeFact } from '../model/host.ts'
import { bracketed } from '../model/host-port.ts'

/** Of an answer with its head; what comes beyond is neither read nor looked through. */
export const maximumHttpBytes = 65_536

/** A GET of RFC 9112 that wants nothing encoded, and the connection closed after it. */
export function formatHttpRequest({
  hostname,
  port,
  target,
}: {
  readonly hostname: string
  readonly port: number
  readonly target: string
}): string {
  const host = bracketed(hostname)
  const lines = [
    `GET ${target} HTTP/1.1`,
    `Host: ${port === 443 ? host : `${host}:${port}`}`,
    'User-Agent: certwright',
    'Accept: */*',
    'Accept-Encoding: identity',
    'Connection: close',
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

interface Wanted {
  readonly status: readonly number[]
  readonly body?: string
}

/** A redirect is an answer like any other: it is not followed. */
export function judgeHttp({ status, body }: Wanted, answer: ExchangeFact): ProbeFact {
  if (answer.kind === 'failed') return answer
  const response = parseHttpResponse(answer.text)
  const unpresented = answer.detail === undefined ? '' : `; ${answer.detail}`
  if (!response) return { kind: 'failed', detail: `it does not answer in HTTP/1.1${unpresented}` }
  const said = response.body.replace(/\s+/g, ' ').trim().slice(0, 200)
  const detail = `${said === '' ? '' : `: ${said}`}${unpresented}`
  if (!status.includes(response.status))
    return { kind: 'failed', detail: `it answers ${response.status}, wanted ${status.join(' or ')}${detail}` }
  return body === undefined || response.body.includes(body)
    ? { kind: 'passed' }
    : { kind: 'failed', detail: `it answers ${response.status} without "${body}"${detail}` }
}

export interface HttpResponse {
  readonly status: number
  /** As far as it came. */
  readonly body: string
}

/** `text`: a character for each byte. Undefined for anything but a response with its head complete. */
export function parseHttpResponse(text: string): HttpResponse | undefined {
  const [, status, head = ''] =
    /^HTTP\/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(text) ?? []
  if (status === undefined) return undefined
  const rest = text.slice(text.indexOf('\r\n\r\n') + 4)
  // What only announces the answer (RFC 9110 §15.2).
  if (status.startsWith('1')) return parseHttpResponse(rest)
  const body = /^transfer-encoding:.*\bchunked[ \t]*\r$/im.test(head) ? joinChunks(rest) : rest
  return { status: Number(status), body: Buffer.from(body, 'latin1').toString('utf8') }
}

/** RFC 9112 §7.1; ends where what came does. */
function joinChunks(text: string): string {
  let joined = ''
  for (let at = 0; ; ) {
    const [line, size = '0'] =
      /^([0-9a-f]{1,8})(?:[ \t;][^\r\n]*)?\r\n/i.exec(text.slice(at, at + 1024)) ?? []
    const bytes = Number.parseInt(size, 16)
    if (line === undefined || bytes === 0) return joined
    at += line.length
    joined += text.slice(at, at + bytes)
    at += bytes + 2
  }
}
