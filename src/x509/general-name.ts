import { isIPv4, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'

export type ParsedGeneralName =
  | { readonly kind: 'general-name'; readonly canonical: string }
  | { readonly kind: 'error'; readonly message: string; readonly hint?: string }

/** What a prefix stands for; each returns the canonical value, or why there is none. */
const readers: Readonly<Record<string, (value: string) => ParsedGeneralName>> = {
  DNS: readDns,
  IP: readIp,
  URI: readUri,
  email: readEmail,
}

/**
 * A general name of RFC 5280 §4.2.1.6 as community.crypto writes it: `DNS:…`, `IP:…`, `URI:…`, `email:…`.
 * Canonical names compare as text: addresses as RFC 5952 writes them, host names in lower case.
 */
export function parseGeneralName(text: string): ParsedGeneralName {
  const [, prefix = '', value = ''] = /^([A-Za-z]+):(.*)$/s.exec(text) ?? []
  const name = Object.keys(readers).find((each) => each.toLowerCase() === prefix.toLowerCase())
  const read = name === undefined ? undefined : readers[name]
  if (!read) return error(`"${text}" does not say what kind of name it is`, `write ${guess(text)}`)
  if (value === '') return error(`"${text}" is empty after its prefix`)
  if (/\p{Cc}|\s/u.test(value)) return error(`"${text}" contains white space or a control character`)
  return read(value)
}

function guess(text: string): string {
  if (isIPv4(text) || isIPv6(text)) return `"IP:${text}"`
  if (text.includes('://')) return `"URI:${text}"`
  return text.includes('@') ? `"email:${text}"` : `"DNS:${text}", or IP:, URI:, email:`
}

function error(message: string, hint?: string): ParsedGeneralName {
  return hint === undefined ? { kind: 'error', message } : { kind: 'error', message, hint }
}

function name(canonical: string): ParsedGeneralName {
  return { kind: 'general-name', canonical }
}

/** Labels of RFC 1034 §3.5 as RFC 1123 §2.1 widened them, and `_`, which real names hold; `*` only as the whole first label (RFC 9525 §6.3). */
function readDns(value: string): ParsedGeneralName {
  if (isIPv4(value) || isIPv6(value))
    return error(`"${value}" is an address, not a name`, `write "IP:${value}"`)
  const ascii = domainToASCII(value)
  if (/[^ -~]/.test(value))
    return error(`"${value}" is not ASCII`, ascii ? `write it in its ASCII form: "DNS:${ascii}"` : undefined)
  const dns = value.toLowerCase()
  const labels = dns.replace(/^\*\./, '').split('.')
  const valid = labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  if (!valid || dns.length > 253)
    return error(
      `"${value}" is not a host name`,
      value.includes('*') ? '* may only be the whole first label' : undefined,
    )
  return name(`DNS:${dns}`)
}

function readIp(value: string): ParsedGeneralName {
  if (isIPv4(value)) return name(`IP:${value}`)
  if (isIPv6(value) && !value.includes('%')) return name(`IP:${canonicalIpv6(value)}`)
  return error(
    `"${value}" is not an IP address`,
    value.includes('/') ? 'a certificate holds addresses, not networks' : undefined,
  )
}

/** RFC 5952: the URL standard's serializer writes IPv6 addresses that way. */
function canonicalIpv6(address: string): string {
  return new URL(`http://[${address}]/`).hostname.slice(1, -1)
}

function readUri(value: string): ParsedGeneralName {
  const absolute = /^[a-z][a-z0-9+.-]*:/i.test(value)
  return absolute && /^[!-~]+$/.test(value)
    ? name(`URI:${value}`)
    : error(`"${value}" is not an absolute URI`, 'write it with its scheme: "URI:https://…"')
}

function readEmail(value: string): ParsedGeneralName {
  const at = value.lastIndexOf('@')
  if (at < 1 || at === value.length - 1 || /[^!-~]/.test(value))
    return error(`"${value}" is not a mail address`)
  return name(`email:${value.slice(0, at)}@${value.slice(at + 1).toLowerCase()}`)
}

/** Four or sixteen bytes as an iPAddress of RFC 5280 holds them. */
export function addressToBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.').map(Number))
  const [head = '', tail] = canonicalIpv6(address).split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return Uint8Array.from(
    [...left, ...zeros, ...right].flatMap((group) => {
      const value = Number.parseInt(group, 16)
      return [value >> 8, value & 0xff]
    }),
  )
}

/** The canonical address that the bytes of an iPAddress stand for; undefined for any other length. */
export function bytesToAddress(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) return undefined
  const hex = Buffer.from(bytes).toString('hex')
  return canonicalIpv6(hex.replace(/(.{4})(?!$)/g, '$1:'))
}
