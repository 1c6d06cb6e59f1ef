import type { Certificate } from '../model/certificate.ts'
import { type Element, openDer, openOnly, refuse, tags, takeAll } from './der.ts'
import { readBits, readBoolean, readOid, readSmall } from './der-values.ts'
import { checkDistributionPoints, checkInformationAccess, checkPolicies } from './extension-syntax.ts'
import { readNameConstraints } from './name-constraints.ts'
import { extendedKeyUsageOids, extensionOids, keyUsageBits, nameOfOid } from './oids.ts'
import { readAuthorityKeyId } from './read-authority-key-id.ts'
import { readGeneralName } from './read-general-name.ts'

type Extensions = Pick<
  Certificate,
  | 'subjectAltName'
  | 'keyUsage'
  | 'extendedKeyUsage'
  | 'basicConstraints'
  | 'subjectKeyId'
  | 'authorityKeyId'
  | 'authorityCertificate'
  | 'nameConstraints'
  | 'criticalExtensions'
  | 'unknownExtensions'
>

interface Extension {
  readonly name: string
  readonly critical: boolean
  readonly value: Buffer
}

/** The extensions of RFC 5280 §4.2, from the `[3]` of a TBSCertificate. Throws MalformedError. */
export function readExtensions(element: Element | undefined): Extensions {
  const found = element ? readList(element) : []
  const value = (name: keyof typeof extensionOids) => found.find((each) => each.name === name)?.value
  checkPolicies(value('certificatePolicies'))
  checkDistributionPoints(value('cRLDistributionPoints'))
  checkInformationAccess(value('authorityInfoAccess'))
  const constraints = value('nameConstraints')
  const extensions = {
    subjectAltName: readSubjectAltName(value('subjectAltName')),
    keyUsage: readKeyUsage(value('keyUsage')),
    extendedKeyUsage: readExtendedKeyUsage(value('extendedKeyUsage')),
    basicConstraints: readBasicConstraints(value('basicConstraints')),
    ...readSubjectKeyId(value('subjectKeyIdentifier')),
    ...readAuthorityKeyId(value('authorityKeyIdentifier')),
    ...(constraints ? { nameConstraints: readNameConstraints(constraints) } : {}),
    criticalExtensions: found.filter(({ critical }) => critical).map(({ name }) => name),
  }
  return {
    ...extensions,
    unknownExtensions: extensions.criticalExtensions.filter((name) => isUnknown(name, extensions)),
  }
}

function readList({ content }: Element): Extension[] {
  const list = openOnly(content, tags.sequence, 'its extensions')
  const seen = new Set<string>()
  return takeAll(list, 'its extensions').map((element) => {
    const extension = readExtension(element)
    if (seen.has(extension.name)) refuse(`has the extension ${extension.name} twice`)
    seen.add(extension.name)
    return extension
  })
}

function readExtension({ tag, content }: Element): Extension {
  if (tag !== tags.sequence) refuse('cannot be read: an extension is of another type')
  const fields = openDer(content)
  const name = nameOfOid(extensionOids, readOid(fields.take(tags.oid, 'an extension'), 'an extension'))
  const flag = fields.takeOptional(tags.boolean, `whether ${name} is critical`)
  const { content: value } = fields.take(tags.octetString, name)
  fields.end(name)
  return { name, critical: flag ? readBoolean(flag, `a critical flag of ${name}`) : false, value }
}

/** What both Go 1.19 and OpenSSL act on when it is critical. Key identifiers never are (RFC 5280 §4.2.1.1, §4.2.1.2). */
const knownExtensions = [
  'keyUsage',
  'basicConstraints',
  'extendedKeyUsage',
  'certificatePolicies',
  'cRLDistributionPoints',
]

function isUnknown(
  name: string,
  { subjectAltName, nameConstraints }: Omit<Extensions, 'unknownExtensions'>,
): boolean {
  // Go does not know directory names: not as the only alternative names, and not as constraints.
  if (name === 'subjectAltName') return subjectAltName.every((each) => each.startsWith('other:'))
  if (name === 'nameConstraints')
    return [...(nameConstraints?.permitted ?? []), ...(nameConstraints?.excluded ?? [])].some(
      ({ kind }) => kind === 'directory' || kind === 'unknown',
    )
  return !knownExtensions.includes(name)
}

function readSubjectAltName(value: Buffer | undefined): string[] {
  if (!value) return []
  const names = openOnly(value, tags.sequence, 'subjectAltName')
  if (names.isDone()) refuse('has an empty subjectAltName')
  return takeAll(names, 'subjectAltName').map((element) => readGeneralName(element, 'subjectAltName'))
}

/** First usage in the highest bit. RFC 5280 §4.2.1.3: at least one is set. */
function readKeyUsage(value: Buffer | undefined): string[] {
  if (!value) return []
  const cursor = openDer(value)
  const { bytes } = readBits(cursor.take(tags.bitString, 'keyUsage'), 'keyUsage')
  cursor.end('keyUsage')
  const usages = keyUsageBits.filter((_, bit) => ((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1)
  return usages.length > 0 ? usages : refuse('has an empty keyUsage')
}

function readExtendedKeyUsage(value: Buffer | undefined): string[] {
  if (!value) return []
  const usages = openOnly(value, tags.sequence, 'extendedKeyUsage')
  return takeAll(usages, 'extendedKeyUsage').map((usage) => {
    if (usage.tag !== tags.oid) refuse('has a malformed extendedKeyUsage')
    return nameOfOid(extendedKeyUsageOids, readOid(usage, 'extendedKeyUsage'))
  })
}

/** A path length stands with an authority only (RFC 5280 §4.2.1.9). */
function readBasicConstraints(value: Buffer | undefined): Certificate['basicConstraints'] {
  if (!value) return { ca: false }
  const fields = openOnly(value, tags.sequence, 'basicConstraints')
  const flag = fields.takeOptional(tags.boolean, 'basicConstraints')
  const limit = fields.takeOptional(tags.integer, 'the path length')
  fields.end('basicConstraints')
  const ca = flag ? readBoolean(flag, 'basicConstraints') : false
  if (!limit) return { ca }
  if (!ca) refuse('has a path length without being a CA')
  return { ca, pathLength: readSmall(limit, 'path length') }
}

function readSubjectKeyId(value: Buffer | undefined): Pick<Certificate, 'subjectKeyId'> {
  if (!value) return {}
  const cursor = openDer(value)
  const { content } = cursor.take(tags.octetString, 'subjectKeyIdentifier')
  cursor.end('subjectKeyIdentifier')
  return content.length > 0
    ? { subjectKeyId: content.toString('hex') }
    : refuse('has an empty subjectKeyIdentifier')
}
