import { X509Certificate } from 'node:crypto'
import type { Certificate } from '../model/certificate.ts'
import { MalformedError } from './der.ts'
import { type PemBlock, readPem } from './pem.ts'
import { readCertificate } from './read-certificate.ts'

export type ParsedCertificates =
  | { readonly kind: 'certificates'; readonly certificates: readonly [Certificate, ...Certificate[]] }
  /** `detail` completes "PATH …". */
  | { readonly kind: 'not-a-certificate'; readonly detail: string }

/** No chain is longer; a file with more is something else. */
const maximumCertificates = 64

/** OpenSSL reads certificates under these labels, too, and Go passes them over: each would see another chain. */
const ambiguousLabels = ['X509 CERTIFICATE', 'TRUSTED CERTIFICATE']

/** A file of PEM certificates (RFC 7468), judged as strictly as the strictest of its readers: text between blocks is passed over. */
export function parseCertificates(bytes: Uint8Array): ParsedCertificates {
  const text = Buffer.from(bytes).toString('latin1')
  if (text.trim() === '') return fault('is empty')
  const reading = readPem(text)
  if (reading.kind === 'malformed') return fault(reading.detail)
  const ambiguous = reading.blocks.find(({ label }) => ambiguousLabels.includes(label))
  if (ambiguous) return fault(`holds a ${ambiguous.label}, which not everybody reads`)
  const blocks = reading.blocks.filter(({ label }) => label === 'CERTIFICATE')
  if (blocks.length > maximumCertificates) return fault(`holds ${blocks.length} certificates`)
  const certificates: Certificate[] = []
  for (const [index, block] of blocks.entries()) {
    const certificate = parseBlock(block)
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

/** Headers belong to keys: Go leaves a certificate with any out. */
function parseBlock(block: PemBlock): Certificate | string {
  if (block.headers.length > 0) return 'has headers'
  const der = block.der()
  return der ? parseDer(der) : 'cannot be read: it is no base64'
}

/** One DER certificate, or what is wrong with it, completing "a certificate that …". */
export function parseDer(der: Buffer): Certificate | string {
  try {
    const certificate = readCertificate(der)
    return isReadByOpenssl(der) ? certificate : 'cannot be read by OpenSSL'
  } catch (error) {
    if (error instanceof MalformedError) return error.message
    throw error
  }
}

/** What OpenSSL looks into and readCertificate does not. */
function isReadByOpenssl(der: Buffer): boolean {
  try {
    return new X509Certificate(der).raw.equals(der)
  } catch {
    return false
  }
}
