import { contextTag, type Element, refuse } from './der.ts'
import { bytesToAddress } from './general-name.ts'

/** GeneralName of RFC 5280 §4.2.1.6: the choices that are text or addresses. */
export const generalNameTags = {
  email: contextTag(1, 'primitive'),
  dns: contextTag(2, 'primitive'),
  directory: contextTag(4, 'constructed'),
  uri: contextTag(6, 'primitive'),
  address: contextTag(7, 'primitive'),
} as const

/** Canonical, as parseGeneralName writes it; what certwright does not know is kept as hex, so that it compares. */
export function readGeneralName(element: Element, what: string): string {
  const { tag, bytes, content } = element
  if (tag === generalNameTags.email) return `email:${lowerDomain(readAscii(content, what))}`
  if (tag === generalNameTags.dns) return `DNS:${readAscii(content, what).toLowerCase()}`
  if (tag === generalNameTags.uri) return `URI:${readUri(content, what)}`
  if (tag === generalNameTags.address)
    return `IP:${bytesToAddress(content) ?? refuse(`has an address of ${content.length} octets in ${what}`)}`
  if ((tag & 0xc0) !== 0x80 || (tag & 0x1f) > 8) refuse(`has something in ${what} that is no name`)
  return `other:${bytes.toString('hex')}`
}

/** IA5String; its control characters stand in no name that anybody looks for. */
export function readAscii(content: Buffer, what: string): string {
  const text = content.toString('latin1')
  return /^[ -~]*$/.test(text) ? text : refuse(`has a name in ${what} that is not printable ASCII`)
}

function lowerDomain(address: string): string {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at + 1)}${address.slice(at + 1).toLowerCase()}`
}

const authority = /^(?:[\w.~!$&'()*+,;=:%-]*@)?(\[[0-9A-Fa-f:.]+\]|[\w.~!$&'()*+,;=-]*)(?::\d*)?$/

/** RFC 3986 with a scheme, and what Go's net/url wants of a host: no escapes, no empty label. */
function readUri(content: Buffer, what: string): string {
  const text = readAscii(content, what)
  const parts = /^[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/.exec(text)
  const [, site, ...rest] = parts ?? []
  const host = site === undefined ? '' : authority.exec(site)?.[1]
  const isEscaped = rest.every((part = '') => /^(?:[^% "<>\\^`{|}]|%[0-9A-Fa-f]{2})*$/.test(part))
  const labels = host === undefined || host === '' ? [] : host.split('.')
  if (!parts || host === undefined || !isEscaped || labels.includes('') || /%(?![0-9A-Fa-f]{2})/.test(text))
    refuse(`has a malformed URI in ${what}`)
  return text
}
