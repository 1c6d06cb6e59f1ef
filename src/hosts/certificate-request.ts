// What `openssl s_client -msg` printed of a handshake → whom the server trusts. Pure; whatever a stranger sends, nothing is thrown.
import type { TrustFact } from '../model/actual.ts'
import { readDistinguishedName } from '../x509/distinguished-name.ts'

/** A handshake message that came in: `minor` of the TLS 1.x in which it is written. */
interface Message {
  readonly minor: number
  readonly bytes: Buffer
}

/** HandshakeType: RFC 5246 §7.4, RFC 8446 §4. */
const certificateRequest = 13
/** Once one of these is there, a CertificateRequest that is not there will not come. */
const lasts = [14, 20]

/** Undefined: the handshake did not get that far. */
export function readTrust(printed: string): TrustFact | undefined {
  const messages = readMessages(printed)
  const request = messages.find(({ bytes }) => bytes[0] === certificateRequest)
  if (!request)
    return messages.some(({ bytes }) => lasts.includes(bytes[0] ?? -1)) ? { kind: 'indifferent' } : undefined
  const names = readNames(request)
  return names
    ? { kind: 'named', names }
    : { kind: 'failed', detail: 'whom it trusts cannot be read: its CertificateRequest is malformed' }
}

/** A line for each message, then its bytes: `<<< TLS 1.2, Handshake [length 0074], CertificateRequest`; OpenSSL before 3.0 differs by a comma. */
function readMessages(printed: string): Message[] {
  const messages: Message[] = []
  let open: { readonly minor: number; readonly hex: string[] } | undefined
  const close = () => {
    if (open) messages.push({ minor: open.minor, bytes: Buffer.from(open.hex.join(''), 'hex') })
    open = undefined
  }
  for (const line of printed.split('\n')) {
    if (open && /^ +[0-9a-f]{2}(?: [0-9a-f]{2}){0,15} *$/.test(line)) {
      open.hex.push(line.replaceAll(' ', ''))
      continue
    }
    close()
    const minor = /^<<< TLS 1\.([0-3]),? Handshake \[length /.exec(line)?.[1]
    if (minor !== undefined) open = { minor: Number(minor), hex: [] }
  }
  close()
  return messages
}

function readNames({ minor, bytes }: Message): string[] | undefined {
  if (bytes.length < 4 || bytes.readUIntBE(1, 3) !== bytes.length - 4) return undefined
  const list = minor === 3 ? findList(bytes.subarray(4)) : findOldList(bytes.subarray(4), minor)
  if (!list) return undefined
  const names = splitVectors(list)?.map(readDistinguishedName)
  return names?.every((name) => name !== undefined) ? names : undefined
}

/** RFC 5246 §7.4.4: types of certificates, signature algorithms (since TLS 1.2), authorities, and nothing else. */
function findOldList(body: Buffer, minor: number): Buffer | undefined {
  const types = takeVector(body, 1)
  const algorithms = types && minor === 2 ? takeVector(types.rest, 2) : types
  const authorities = algorithms && takeVector(algorithms.rest, 2)
  return authorities?.rest.length === 0 ? authorities.content : undefined
}

const certificateAuthorities = 47

/** RFC 8446 §4.3.2: a context, and extensions; §4.2.4: one of them holds the authorities. Whoever leaves it out names nobody. */
function findList(body: Buffer): Buffer | undefined {
  const context = takeVector(body, 1)
  const extensions = context && takeVector(context.rest, 2)
  if (extensions?.rest.length !== 0) return undefined
  let found: Buffer | undefined
  for (let rest = extensions.content; rest.length > 0; ) {
    const extension = rest.length < 2 ? undefined : takeVector(rest.subarray(2), 2)
    if (!extension) return undefined
    if (rest.readUInt16BE(0) === certificateAuthorities) {
      const authorities = takeVector(extension.content, 2)
      if (found || authorities?.rest.length !== 0) return undefined
      found = authorities.content
    }
    rest = extension.rest
  }
  return found ?? Buffer.alloc(0)
}

function splitVectors(list: Buffer): Buffer[] | undefined {
  const parts: Buffer[] = []
  for (let rest = list; rest.length > 0; ) {
    const part = takeVector(rest, 2)
    if (!part) return undefined
    parts.push(part.content)
    rest = part.rest
  }
  return parts
}

/** `opaque<…>` of RFC 8446 §3.4: a length of so many octets in front. */
function takeVector(bytes: Buffer, octets: 1 | 2): { content: Buffer; rest: Buffer } | undefined {
  if (bytes.length < octets) return undefined
  const end = octets + bytes.readUIntBE(0, octets)
  return end > bytes.length ? undefined : { content: bytes.subarray(octets, end), rest: bytes.subarray(end) }
}
