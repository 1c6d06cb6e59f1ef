import { createHash, X509Certificate } from 'node:crypto'
import asn1 from 'node-forge/lib/asn1.js'
import type { Certificate, NameAttribute } from '../model/certificate.ts'
import { bytesOf, childrenOf, decodeDer, type Node, oidOf } from './asn1-node.ts'
import { readExtensions } from './extensions.ts'
import { describePublicKey } from './keys.ts'
import { attributeOids, nameOfOid, signatureOids } from './oids.ts'

export type ParsedCertificates =
  | { readonly kind: 'certificates'; readonly certificates: readonly [Certificate, ...Certificate[]] }
  /** `detail` completes "PATH …". */
  | { readonly kind: 'not-a-certificate'; readonly detail: string }

/** No chain is longer; a file with more is something else. */
const maximumCertificates = 64

const blockPattern = /-----BEGIN ([^-\r\n]*)-----([A-Za-z0-9+/=\s]*)-----END ([^-\r\n]*)-----/g

/**
 * A file of PEM certificates (RFC 7468), judged as strictly as Go's crypto/x509, which etcd reads it with:
 * text between blocks is passed over, a byte-order mark in front of the first or bytes behind the DER are not.
 */
export function parseCertificates(bytes: Uint8Array): ParsedCertificates {
  const text = Buffer.from(bytes).toString('latin1')
  if (text.trim() === '') return fault('is empty')
  if (text.startsWith('\xef\xbb\xbf')) return fault('starts with a byte-order mark')
  const blocks = [...text.matchAll(blockPattern)].filter(([, label]) => label === 'CERTIFICATE')
  if (blocks.length === 0) return fault('holds no PEM certificate')
  if (blocks.length > maximumCertificates) return fault(`holds ${blocks.length} certificates`)
  const certificates: Certificate[] = []
  for (const [index, [, , base64 = '']] of blocks.entries()) {
    const certificate = parseDer(Buffer.from(base64, 'base64'))
    if (typeof certificate === 'string')
      return fault(`holds a certificate that ${certificate} (no. ${index + 1})`)
    certificates.push(certificate)
  }
  const [first, ...rest] = certificates
  return first ? { kind: 'certificates', certificates: [first, ...rest] } : fault('holds no PEM certificate')
}

function fault(detail: string): ParsedCertificates {
  return { kind: 'not-a-certificate', detail }
}

/** One DER certificate, or what is wrong with it, completing "a certificate that …". OpenSSL reads it first; hostile DER makes the ASN.1 reader throw. */
export function parseDer(der: Buffer): Certificate | string {
  try {
    const x509 = new X509Certificate(der)
    if (x509.raw.length !== der.length) return 'is followed by other bytes'
    return describe(x509, der)
  } catch {
    return 'cannot be read'
  }
}

function describe(x509: X509Certificate, der: Buffer): Certificate {
  const [tbs, algorithm] = childrenOf(decodeDer(der.toString('latin1')))
  const fields = childrenOf(tbs)
  const offset = fields[0]?.tagClass === asn1.Class.CONTEXT_SPECIFIC ? 1 : 0
  const extensions = fields.find(
    ({ tagClass, type }) => tagClass === asn1.Class.CONTEXT_SPECIFIC && Number(type) === 3,
  )
  return {
    fingerprint: createHash('sha256').update(der).digest('hex'),
    serial: x509.serialNumber.toLowerCase(),
    subject: readName(fields[offset + 4]),
    issuer: readName(fields[offset + 2]),
    notBefore: toIso(x509.validFrom),
    notAfter: toIso(x509.validTo),
    publicKey: describePublicKey(x509.publicKey.export({ type: 'spki', format: 'der' })),
    signatureAlgorithm: nameOfOid(signatureOids, oidOf(childrenOf(algorithm)[0])),
    ...readExtensions(extensions),
    pem: encodePem(der),
  }
}

export function encodePem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** `Nov 20 00:00:00 2036 GMT` of OpenSSL. */
function toIso(opensslTime: string): string {
  return new Date(opensslTime).toISOString().replace('.000Z', 'Z')
}

function readName(node: Node | undefined): NameAttribute[] {
  return childrenOf(node).flatMap((set) =>
    childrenOf(set).map((attribute) => {
      const [type, value] = childrenOf(attribute)
      return { type: nameOfOid(attributeOids, oidOf(type)), value: readString(value) }
    }),
  )
}

function readString(node: Node | undefined): string {
  const bytes = Buffer.from(bytesOf(node), 'latin1')
  if (node?.type === asn1.Type.BMPSTRING) return bytes.swap16().toString('utf16le')
  return node?.type === asn1.Type.UTF8 ? bytes.toString('utf8') : bytes.toString('latin1')
}
