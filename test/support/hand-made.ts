import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { bits, boolean, der, integer, octets, oid, sequence, set, text } from './der.ts'

/** Everything in a certificate that a test may want otherwise, as finished DER. */
export interface Parts {
  readonly version: Buffer
  readonly serial: Buffer
  readonly innerAlgorithm: Buffer
  readonly outerAlgorithm: Buffer
  readonly issuer: Buffer
  readonly validity: Buffer
  readonly subject: Buffer
  readonly spki: Buffer
  /** Each a finished Extension. */
  readonly extensions: readonly Buffer[]
  /** Between the key and the extensions. */
  readonly identifiers: Buffer
  readonly trailing: Buffer
}

export interface HandMade {
  readonly der: Buffer
  readonly pem: string
  readonly key: KeyObject
  readonly parts: Parts
}

export const ecdsaSha256 = sequence(oid('1.2.840.10045.4.3.2'))

export function commonName(value: string, tag = 0x0c): Buffer {
  return sequence(set(sequence(oid('2.5.4.3'), text(tag, value))))
}

export function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(0xff)] : []), octets(value))
}

export const basicConstraints = (ca: boolean, pathLength?: number, critical = true) =>
  extension(
    '2.5.29.19',
    sequence(...(ca ? [boolean(0xff)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)])),
    critical,
  )
/** keyCertSign and cRLSign; digitalSignature. */
export const keyUsage = (ca: boolean) =>
  extension('2.5.29.15', ca ? bits(Buffer.of(0x06), 1) : bits(Buffer.of(0x80), 7), true)
export const extendedKeyUsage = (...oids: string[]) => extension('2.5.29.37', sequence(...oids.map(oid)))
export const subjectKeyId = (id: string) => extension('2.5.29.14', octets(Buffer.from(id)))
export const authorityKeyId = (id: string) => extension('2.5.29.35', sequence(der(0x80, Buffer.from(id))))
export const subjectAltName = (...names: Buffer[]) => extension('2.5.29.17', sequence(...names))
export const dns = (name: string) => text(0x82, name)
export const nameConstraints = (permitted: readonly Buffer[], excluded: readonly Buffer[], critical = true) =>
  extension(
    '2.5.29.30',
    sequence(
      ...(permitted.length > 0 ? [der(0xa0, ...permitted.map((base) => sequence(base)))] : []),
      ...(excluded.length > 0 ? [der(0xa1, ...excluded.map((base) => sequence(base)))] : []),
    ),
    critical,
  )

export const serverAuth = '1.3.6.1.5.5.7.3.1'
export const clientAuth = '1.3.6.1.5.5.7.3.2'

export const authorityExtensions = [basicConstraints(true), keyUsage(true), subjectKeyId('root-id')]
export const leafExtensions = [
  basicConstraints(false),
  keyUsage(false),
  extendedKeyUsage(serverAuth, clientAuth),
  subjectAltName(dns('leaf.example.com')),
  subjectKeyId('leaf-id'),
  authorityKeyId('root-id'),
]

/** A certificate of the given parts on a P-256 key, signed by itself or by another. */
export function handMade(parts: Partial<Parts> = {}, by?: HandMade): HandMade {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const all: Parts = {
    version: der(0xa0, integer(2)),
    serial: integer(0x41, 0x42),
    innerAlgorithm: ecdsaSha256,
    outerAlgorithm: parts.innerAlgorithm ?? ecdsaSha256,
    issuer: by?.parts.subject ?? parts.subject ?? commonName('root'),
    validity: sequence(text(0x17, '260101000000Z'), text(0x17, '360101000000Z')),
    subject: by ? commonName('leaf') : commonName('root'),
    spki: createPublicKey(key).export({ type: 'spki', format: 'der' }),
    extensions: by ? leafExtensions : authorityExtensions,
    identifiers: Buffer.alloc(0),
    trailing: Buffer.alloc(0),
    ...parts,
  }
  const extensions = all.extensions.length === 0 ? [] : [der(0xa3, sequence(...all.extensions))]
  const tbs = sequence(
    all.version,
    all.serial,
    all.innerAlgorithm,
    all.issuer,
    all.validity,
    all.subject,
    all.spki,
    all.identifiers,
    ...extensions,
  )
  const signature = sign('sha256', tbs, by?.key ?? key)
  const bytes = Buffer.concat([sequence(tbs, all.outerAlgorithm, bits(signature)), all.trailing])
  return { der: bytes, pem: toPem(bytes), key, parts: all }
}

export function toPem(bytes: Uint8Array, label = 'CERTIFICATE'): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
