import type { NameConstraint, NameConstraints } from '../model/certificate.ts'
import { type Cursor, contextTag, type Element, openDer, openOnly, refuse, tags, takeAll } from './der.ts'
import { generalNameTags, readAscii } from './read-general-name.ts'
import { readName } from './read-name.ts'

const what = 'nameConstraints'

/** RFC 5280 §4.2.1.10, of an authority: the names that may and may not stand in what it signs. Throws MalformedError. */
export function readNameConstraints(value: Buffer): NameConstraints {
  const fields = openOnly(value, tags.sequence, what)
  const permitted = fields.takeOptional(contextTag(0, 'constructed'), what)
  const excluded = fields.takeOptional(contextTag(1, 'constructed'), what)
  fields.end(what)
  if (!permitted && !excluded) refuse(`has empty ${what}`)
  return { permitted: readSubtrees(permitted), excluded: readSubtrees(excluded) }
}

function readSubtrees(element: Element | undefined): NameConstraint[] {
  if (!element) return []
  return takeAll(openDer(element.content), what).map(({ tag, content }) => {
    if (tag !== tags.sequence) refuse(`cannot be read: ${what} is of another type`)
    return readSubtree(openDer(content))
  })
}

/** `minimum` and `maximum` are refused: no consumer knows what they would mean. */
function readSubtree(subtree: Cursor): NameConstraint {
  const base = subtree.takeAny(what)
  subtree.end(what)
  if (base.tag === generalNameTags.dns) return { kind: 'DNS', domain: readDomain(base) }
  if (base.tag === generalNameTags.uri) return { kind: 'URI', domain: readDomain(base) }
  if (base.tag === generalNameTags.email) return { kind: 'email', mailbox: readMailbox(base) }
  if (base.tag === generalNameTags.address) return readRange(base)
  if (base.tag !== generalNameTags.directory) return { kind: 'unknown' }
  const inner = openDer(base.content)
  const name = inner.take(tags.sequence, what)
  inner.end(what)
  return { kind: 'directory', name: readName(name, what) }
}

function readDomain({ content }: Element): string {
  const domain = readAscii(content, what).toLowerCase()
  return isDomain(domain.replace(/^\./, '')) ? domain : refuse(`has ${what} with a malformed domain`)
}

/** Labels of printable characters, none empty; the empty domain is every domain. */
export function isDomain(domain: string): boolean {
  return domain === '' || domain.split('.').every((label) => /^[!-~]+$/.test(label))
}

function readMailbox({ content }: Element): string {
  const mailbox = readAscii(content, what)
  const at = mailbox.lastIndexOf('@')
  const domain = mailbox.slice(at + 1).toLowerCase()
  if (at === 0 || !isDomain(at === -1 ? domain.replace(/^\./, '') : domain) || (at > 0 && domain === ''))
    refuse(`has ${what} with a malformed mailbox`)
  return `${mailbox.slice(0, at + 1)}${domain}`
}

function readRange({ content }: Element): NameConstraint {
  const size = content.length / 2
  const mask = content.subarray(size)
  if ((size !== 4 && size !== 16) || !/^1*0*$/.test([...mask].map(toBits).join('')))
    refuse(`has ${what} with a malformed range of addresses`)
  return { kind: 'IP', network: content.subarray(0, size).toString('hex'), mask: mask.toString('hex') }
}

function toBits(octet: number): string {
  return octet.toString(2).padStart(8, '0')
}
