import { type Element, refuse } from './der.ts'

/** An OBJECT IDENTIFIER, dotted. Arcs above 31 bits are refused, as Go refuses them. */
export function readOid({ content }: Element, what: string): string {
  const arcs: number[] = []
  let arc = 0
  let octets = 0
  for (const octet of content) {
    if (octets === 0 && octet === 0x80) refuse(`has a malformed object identifier in ${what}`)
    arc = arc * 128 + (octet & 0x7f)
    octets += 1
    if (arc > 0x7fffffff) refuse(`has a malformed object identifier in ${what}`)
    if (octet & 0x80) continue
    arcs.push(arc)
    arc = 0
    octets = 0
  }
  const [first, ...rest] = arcs
  if (first === undefined || octets > 0) refuse(`has a malformed object identifier in ${what}`)
  const head = first < 80 ? [Math.floor(first / 40), first % 40] : [2, first - 80]
  return [...head, ...rest].join('.')
}

/** Big-endian octets of an INTEGER that is not negative, without the sign's. */
export function readUnsigned({ content }: Element, what: string): Buffer {
  const [first, second] = content
  if (first === undefined) refuse(`has an empty number as ${what}`)
  if (second !== undefined && (first === 0 || first === 0xff) && first >> 7 === second >> 7)
    refuse(`has ${what} that is not DER`)
  if (first & 0x80) refuse(`has a negative ${what}`)
  return first === 0 && content.length > 1 ? content.subarray(1) : content
}

/** An INTEGER from 0 to 2³¹-1. */
export function readSmall(element: Element, what: string): number {
  const bytes = readUnsigned(element, what)
  const value = bytes.length <= 4 ? bytes.readUIntBE(0, bytes.length) : Number.POSITIVE_INFINITY
  return value <= 0x7fffffff ? value : refuse(`has ${what} that is out of range`)
}

/** How many bits a number takes. */
export function bitLength(unsigned: Buffer): number {
  const [first = 0] = unsigned
  return unsigned.length * 8 - (Math.clz32(first) - 24)
}

export function readBoolean({ content }: Element, what: string): boolean {
  if (content.length === 1 && content[0] === 0) return false
  return content.length === 1 && content[0] === 0xff ? true : refuse(`has ${what} that is not DER`)
}

export interface BitString {
  readonly unusedBits: number
  readonly bytes: Buffer
}

/** A BIT STRING (X.690 §11.2): the number of unused bits, which are zero, then the bits. */
export function readBits({ content }: Element, what: string): BitString {
  const unusedBits = content[0] ?? 8
  const bytes = content.subarray(1)
  const last = bytes.at(-1) ?? 0
  const isDer =
    unusedBits <= 7 && (bytes.length > 0 || unusedBits === 0) && (last & ((1 << unusedBits) - 1)) === 0
  return isDer ? { unusedBits, bytes } : refuse(`has ${what} that is not DER`)
}

/** A BIT STRING that is whole octets: a key, a signature. */
export function readOctets(element: Element, what: string): Buffer {
  const { unusedBits, bytes } = readBits(element, what)
  return unusedBits === 0 ? bytes : refuse(`has ${what} that is not whole octets`)
}
