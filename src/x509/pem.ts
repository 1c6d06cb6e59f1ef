/** One block of RFC 7468, or of RFC 1421 with headers in front of its body. */
export interface PemBlock {
  readonly label: string
  /** `Proc-Type: 4,ENCRYPTED` and the like, as they stand. */
  readonly headers: readonly string[]
  /** Undefined: what stands there is no base64. */
  readonly der: () => Buffer | undefined
  /** The block alone. */
  readonly text: string
}

export type PemReading =
  | { readonly kind: 'blocks'; readonly blocks: readonly PemBlock[] }
  /** `detail` completes "PATH …". */
  | { readonly kind: 'malformed'; readonly detail: string }

/** No certificate or key is larger; a host hands out no larger file either. */
export const maximumPemBytes = 1024 * 1024

const beginning = '-----BEGIN '
const ending = '-----END '

/**
 * Every block of a text, in one pass over its lines. OpenSSL stops where Go passes a block over: what either of them
 * stumbles on is malformed here.
 */
export function readPem(text: string): PemReading {
  if (text.length > maximumPemBytes) return malformed('is larger than 1 MiB')
  if (text.startsWith('\xef\xbb\xbf')) return malformed('starts with a byte-order mark')
  const blocks: PemBlock[] = []
  let open: { label: string; lines: string[] } | undefined
  for (const line of linesOf(text)) {
    if (open && line.startsWith(ending)) {
      if (line !== `${ending}${open.label}-----`) return malformed('holds a PEM block that ends as another')
      blocks.push(closeBlock(open.label, open.lines))
      open = undefined
    } else if (line.startsWith(beginning)) {
      if (open) return malformed('holds a PEM block without an end')
      const label = /^-----BEGIN ([^-]+)-----$/.exec(line)?.[1]
      if (label === undefined) return malformed('holds a PEM block with a broken first line')
      open = { label, lines: [] }
    } else open?.lines.push(line)
  }
  return open ? malformed('holds a PEM block without an end') : { kind: 'blocks', blocks }
}

function malformed(detail: string): PemReading {
  return { kind: 'malformed', detail }
}

/** Spaces and tabs at the end of a line count for nobody. */
function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start)
    const next = newline === -1 ? text.length : newline
    let end = next
    while (end > start && ' \t\r'.includes(text.charAt(end - 1))) end -= 1
    yield text.slice(start, end)
    start = next + 1
  }
}

function closeBlock(label: string, lines: readonly string[]): PemBlock {
  const hasHeaders = lines[0]?.includes(':') ?? false
  const blank = hasHeaders ? lines.indexOf('') : -1
  const headers = hasHeaders ? lines.slice(0, blank === -1 ? lines.length : blank) : []
  const body = lines.slice(hasHeaders ? headers.length + 1 : 0)
  return {
    label,
    headers,
    der: () => decodeBody(body),
    text: [`${beginning}${label}-----`, ...lines, `${ending}${label}-----`, ''].join('\n'),
  }
}

/** Blank lines stop OpenSSL, but for one before the body; other white space than blanks and tabs stops Go. */
function decodeBody(lines: readonly string[]): Buffer | undefined {
  const body = lines[0] === '' ? lines.slice(1) : lines
  if (body.includes('')) return undefined
  const base64 = body.join('').replaceAll(/[ \t]/g, '')
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined
  return Buffer.from(base64, 'base64')
}

export function encodePem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
