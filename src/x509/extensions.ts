import asn1 from 'node-forge/lib/asn1.js'
import type { Certificate } from '../model/certificate.ts'
import { bytesOf, childrenOf, decodeDer, encodeDer, type Node, oidOf } from './asn1-node.ts'
import { bytesToAddress } from './general-name.ts'
import { extendedKeyUsageOids, extensionOids, keyUsageBits, nameOfOid } from './oids.ts'

type Extensions = Pick<
  Certificate,
  'subjectAltName' | 'keyUsage' | 'extendedKeyUsage' | 'basicConstraints' | 'subjectKeyId' | 'authorityKeyId'
>

/** The extensions that certwright looks at (RFC 5280 §4.2.1), from the `[3]` of a TBSCertificate. May throw on hostile DER. */
export function readExtensions(node: Node | undefined): Extensions {
  const values = new Map<string, Node>()
  for (const extension of childrenOf(childrenOf(node)[0])) {
    const parts = childrenOf(extension)
    const oid = oidOf(parts[0])
    if (values.has(oid)) throw new TypeError(`extension ${oid} stands twice`)
    if (Object.values<string>(extensionOids).includes(oid)) values.set(oid, decodeDer(bytesOf(parts.at(-1))))
  }
  const subjectKeyId = hex(values.get(extensionOids.subjectKeyIdentifier))
  const authorityKeyId = readAuthorityKeyId(values.get(extensionOids.authorityKeyIdentifier))
  return {
    subjectAltName: childrenOf(values.get(extensionOids.subjectAltName)).map(readGeneralName),
    keyUsage: readKeyUsage(values.get(extensionOids.keyUsage)),
    extendedKeyUsage: childrenOf(values.get(extensionOids.extendedKeyUsage)).map((usage) =>
      nameOfOid(extendedKeyUsageOids, oidOf(usage)),
    ),
    basicConstraints: readBasicConstraints(values.get(extensionOids.basicConstraints)),
    ...(subjectKeyId === undefined ? {} : { subjectKeyId }),
    ...(authorityKeyId === undefined ? {} : { authorityKeyId }),
  }
}

/** GeneralName tags: 1 rfc822Name, 2 dNSName, 6 URI, 7 iPAddress; any other is kept as hex, so that it compares. */
function readGeneralName(node: Node): string {
  const value = bytesOf(node)
  const tag = Number(node.type)
  if (tag === 1) return `email:${lowerDomain(value)}`
  if (tag === 2) return `DNS:${value.toLowerCase()}`
  if (tag === 6) return `URI:${value}`
  const address = tag === 7 ? bytesToAddress(Buffer.from(value, 'latin1')) : undefined
  if (address !== undefined) return `IP:${address}`
  return `other:${encodeDer(node).toString('hex')}`
}

function lowerDomain(address: string): string {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at + 1)}${address.slice(at + 1).toLowerCase()}`
}

/** A BIT STRING: the number of unused bits, then the bits, first usage in the highest. */
function readKeyUsage(node: Node | undefined): string[] {
  const bytes = Buffer.from(bytesOf(node), 'latin1').subarray(1)
  return keyUsageBits.filter((_, bit) => ((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1)
}

function readBasicConstraints(node: Node | undefined): Certificate['basicConstraints'] {
  const parts = childrenOf(node)
  const ca = parts.some(({ type, value }) => type === asn1.Type.BOOLEAN && value !== '\0')
  const length = parts.find(({ type }) => type === asn1.Type.INTEGER)
  return length ? { ca, pathLength: Number.parseInt(hex(length) ?? '0', 16) } : { ca }
}

function readAuthorityKeyId(node: Node | undefined): string | undefined {
  return hex(childrenOf(node).find(({ type }) => Number(type) === 0))
}

function hex(node: Node | undefined): string | undefined {
  return typeof node?.value === 'string' ? Buffer.from(node.value, 'latin1').toString('hex') : undefined
}
