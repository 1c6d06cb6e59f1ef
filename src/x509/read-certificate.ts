import { createHash } from 'node:crypto'
import type { Certificate } from '../model/certificate.ts'
import { type Cursor, contextTag, type Element, openDer, refuse, tags } from './der.ts'
import { readOctets, readSmall, readUnsigned } from './der-values.ts'
import { readExtensions } from './extensions.ts'
import { encodePem } from './pem.ts'
import { readPublicKey } from './public-key.ts'
import { readName } from './read-name.ts'
import { readSignatureAlgorithm } from './signature-algorithm.ts'
import { readTime } from './time.ts'

/** A Certificate of RFC 5280 §4.1, as strictly as the strictest of Go and OpenSSL. Throws MalformedError. */
export function readCertificate(der: Buffer): Certificate {
  const { tbs, algorithm } = readFrame(der)
  const fields = openDer(tbs.content)
  const version = readVersion(fields)
  const serial = readSerial(fields)
  const inner = fields.take(tags.sequence, 'its signature algorithm')
  if (!inner.bytes.equals(algorithm.bytes)) refuse('names two different signature algorithms')
  const issuer = fields.take(tags.sequence, 'its issuer')
  const validity = readValidity(fields)
  const subject = fields.take(tags.sequence, 'its subject')
  const key = fields.take(tags.sequence, 'its public key')
  const extensions = readTail(fields, version)
  return {
    fingerprint: createHash('sha256').update(der).digest('hex'),
    serial,
    subject: readName(subject, 'its subject'),
    issuer: readName(issuer, 'its issuer'),
    ...validity,
    publicKey: readPublicKey(key.bytes),
    signatureAlgorithm: readSignatureAlgorithm(inner),
    ...readExtensions(extensions),
    subjectDer: subject.bytes.toString('hex'),
    issuerDer: issuer.bytes.toString('hex'),
    pem: encodePem(der),
  }
}

/** The three parts of a certificate: what is signed, with what, and the signature. */
function readFrame(der: Buffer): { tbs: Element; algorithm: Element } {
  const outer = openDer(der)
  const certificate = openDer(outer.take(tags.sequence, 'it').content)
  if (!outer.isDone()) refuse('is followed by other bytes')
  const tbs = certificate.take(tags.sequence, 'what is signed')
  const algorithm = certificate.take(tags.sequence, 'its signature algorithm')
  readOctets(certificate.take(tags.bitString, 'its signature'), 'a signature')
  certificate.end('its signature')
  return { tbs, algorithm }
}

function readVersion(fields: Cursor): number {
  const element = fields.takeOptional(contextTag(0, 'constructed'), 'its version')
  if (!element) return 1
  const cursor = openDer(element.content)
  const version = readSmall(cursor.take(tags.integer, 'its version'), 'version') + 1
  cursor.end('its version')
  return version <= 3 ? version : refuse(`is of version ${version}`)
}

/** Not negative, which Go from 1.23 on refuses, and at most 20 octets (RFC 5280 §4.1.2.2). Zero has been seen in the wild. */
function readSerial(fields: Cursor): string {
  const element = fields.take(tags.integer, 'its serial number')
  const serial = readUnsigned(element, 'serial number')
  if (element.content.length > 20) refuse('has a serial number of more than 20 octets')
  return serial.toString('hex')
}

function readValidity(fields: Cursor): Pick<Certificate, 'notBefore' | 'notAfter'> {
  const times = openDer(fields.take(tags.sequence, 'its validity').content)
  const notBefore = readTime(times.takeAny('its validity'), 'a notBefore')
  const notAfter = readTime(times.takeAny('its validity'), 'a notAfter')
  times.end('its validity')
  return notBefore <= notAfter ? { notBefore, notAfter } : refuse('ends before it begins')
}

/** Unique identifiers from version 2 on, extensions in version 3: Go passes over what stands elsewhere. */
function readTail(fields: Cursor, version: number): Element | undefined {
  const identifiers = [1, 2].map((number) =>
    fields.takeOptional(contextTag(number, 'primitive'), 'a unique identifier'),
  )
  const extensions = fields.takeOptional(contextTag(3, 'constructed'), 'its extensions')
  fields.end('its extensions')
  if (version < 2 && identifiers.some((each) => each !== undefined))
    refuse(`has unique identifiers, and is of version ${version}`)
  if (version < 3 && extensions) refuse(`has extensions, and is of version ${version}`)
  return extensions
}
