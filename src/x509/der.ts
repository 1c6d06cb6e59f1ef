/**
 * What a stranger's bytes are refused for; the message completes "a certificate that …". The only error that the
 * readers of this folder throw for what they are given, and none of it leaves the folder.
 */
export class MalformedError extends Error {
  override readonly name = 'MalformedError'
}

export function refuse(message: string): never {
  throw new MalformedError(message)
}

/** Identifier octets (X.690 §8.1.2) of what a certificate is made of. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const

/** `[number]` of the context, with a value of its own inside it (constructed) or bare bytes. */
export function contextTag(number: number, form: 'constructed' | 'primitive'): number {
  return (form === 'constructed' ? 0xa0 : 0x80) | number
}

/** One value: `bytes` is all of it, `content` what follows its tag and length. */
export interface Element {
  readonly tag: number
  readonly content: Buffer
  readonly bytes: Buffer
}

/** Values one after the other. Nothing recurses into them: how deep bytes nest is decided by who reads, not by the bytes. */
export interface Cursor {
  /** The next value, which has to have this tag. */
  readonly take: (tag: number, what: string) => Element
  readonly takeAny: (what: string) => Element
  readonly takeOptional: (tag: number, what: string) => Element | undefined
  readonly isDone: () => boolean
  /** Nothing may follow. */
  readonly end: (what: string) => void
}

export function openDer(bytes: Buffer): Cursor {
  let offset = 0
  const takeAny = (what: string): Element => {
    const element = readElement(bytes, offset) ?? refuse(`cannot be read: ${what} is not DER`)
    offset += element.bytes.length
    return element
  }
  const take = (tag: number, what: string): Element => {
    const element = takeAny(what)
    return element.tag === tag ? element : refuse(`cannot be read: ${what} is of another type`)
  }
  const isDone = () => offset === bytes.length
  return {
    take,
    takeAny,
    takeOptional: (tag, what) => (bytes[offset] === tag ? take(tag, what) : undefined),
    isDone,
    end: (what) => isDone() || refuse(`cannot be read: something follows ${what}`),
  }
}

/** Exactly one value of this tag, and what is in it. */
export function openOnly(bytes: Buffer, tag: number, what: string): Cursor {
  const cursor = openDer(bytes)
  const { content } = cursor.take(tag, what)
  cursor.end(what)
  return openDer(content)
}

/** Every value of a list, which has at least one. */
export function takeAll(cursor: Cursor, what: string): Element[] {
  const elements = [cursor.takeAny(what)]
  while (!cursor.isDone()) elements.push(cursor.takeAny(what))
  return elements
}

/** Distinguished encoding only (X.690 §10.1): a definite length of as few octets as it takes, and tags below 31. */
function readElement(bytes: Buffer, start: number): Element | undefined {
  const tag = bytes[start]
  const first = bytes[start + 1]
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined
  const lengthOctets = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || lengthOctets > 4 || start + 2 + lengthOctets > bytes.length) return undefined
  const length = lengthOctets === 0 ? first : bytes.readUIntBE(start + 2, lengthOctets)
  if (lengthOctets > 0 && (length < 0x80 || length < 2 ** (8 * (lengthOctets - 1)))) return undefined
  const contentStart = start + 2 + lengthOctets
  const end = contentStart + length
  if (end > bytes.length) return undefined
  return { tag, content: bytes.subarray(contentStart, end), bytes: bytes.subarray(start, end) }
}
