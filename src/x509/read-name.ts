import type { NameAttribute } from '../model/certificate.ts'
import { type Element, openDer, refuse, tags, takeAll } from './der.ts'
import { readOid } from './der-values.ts'
import { attributeOids, nameOfOid } from './oids.ts'

/** A Name of RFC 5280 §4.1.2.4, its strings judged as Go judges them. Throws MalformedError. */
export function readName({ content }: Element, what: string): NameAttribute[] {
  const sets = openDer(content)
  const attributes: NameAttribute[] = []
  while (!sets.isDone())
    for (const { tag, content: pair } of takeAll(openDer(sets.take(tags.set, what).content), what)) {
      if (tag !== tags.sequence) refuse(`cannot be read: ${what} is of another type`)
      const fields = openDer(pair)
      const type = nameOfOid(attributeOids, readOid(fields.take(tags.oid, what), what))
      attributes.push({ type, value: readString(fields.takeAny(what), what) })
      fields.end(what)
    }
  return attributes
}

const alphabets: Readonly<Record<number, RegExp>> = {
  // `*` and `&` do not belong there; real certificates have them, and Go and OpenSSL let them pass.
  [tags.printableString]: /^[A-Za-z0-9 '()+,\-./:=?*&]*$/,
  [tags.numericString]: /^[0-9 ]*$/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: IA5 is ASCII, its control characters too
  [tags.ia5String]: /^[\x00-\x7f]*$/,
  [tags.t61String]: /^/,
}

function readString({ tag, content }: Element, what: string): string {
  if (tag === tags.utf8String) return readUtf8(content, what)
  if (tag === tags.bmpString) return readBmp(content, what)
  const alphabet = alphabets[tag] ?? refuse(`has text of an unknown type in ${what}`)
  const text = content.toString('latin1')
  return alphabet.test(text) ? text : refuse(`has characters in ${what} that its type of text does not allow`)
}

function readUtf8(content: Buffer, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch {
    return refuse(`has text in ${what} that is not UTF-8`)
  }
}

/** UCS-2, big-endian: no surrogates and nothing that is no character. A NUL at its end is left out, as Go leaves it out. */
function readBmp(content: Buffer, what: string): string {
  if (content.length % 2 !== 0) refuse(`has text in ${what} that is not UCS-2`)
  const text = Buffer.from(content).swap16().toString('utf16le').replace(/\0$/, '')
  return /[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]/.test(text)
    ? refuse(`has text in ${what} that is not UCS-2`)
    : text
}
