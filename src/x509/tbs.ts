import { createHash } from 'node:crypto'
import asn1 from 'node-forge/lib/asn1.js'
import type { NameAttribute } from '../model/certificate.ts'
import type { SignatureScheme } from '../model/host.ts'
import type { IssueProfile } from '../model/plan.ts'
import { bytesOf, childrenOf, decodeDer, encodeDer, type Node } from './asn1-node.ts'
import { addressToBytes } from './general-name.ts'
import { attributeOids, extendedKeyUsageOids, extensionOids, keyUsageBits, signatureOids } from './oids.ts'

const { Class, Type } = asn1

/** Everything that a TBSCertificate (RFC 5280 §4.1) is made of. */
export interface TbsInput {
  readonly profile: IssueProfile
  /** DER SubjectPublicKeyInfo, spliced in as it is. */
  readonly spki: Uint8Array
  /** DER of the issuer's own subject, so that the two names are the same to the byte; absent: self-signed. */
  readonly issuerName?: Uint8Array
  /** Absent: self-signed, the certificate's own. */
  readonly authorityKeyId?: Uint8Array
  /** What the key is known by already; absent: it gets one of its own. */
  readonly subjectKeyId?: Uint8Array
  readonly serial: Uint8Array
  readonly scheme: SignatureScheme
}

export function buildTbs(input: TbsInput): Uint8Array {
  const { profile, serial, scheme, spki } = input
  const subject = encodeName(profile.subject)
  const issuer = input.issuerName ? decodeDer(latin1(input.issuerName)) : subject
  const tbs = sequence([
    context(0, [primitive(Type.INTEGER, '\x02')]),
    primitive(Type.INTEGER, latin1(serial)),
    encodeAlgorithm(scheme),
    issuer,
    sequence([encodeTime(profile.notBefore), encodeTime(profile.notAfter)]),
    subject,
    decodeDer(latin1(spki)),
    context(3, [sequence(encodeExtensions(input))]),
  ])
  return encodeDer(tbs)
}

/** The finished Certificate of RFC 5280 §4.1. */
export function assembleCertificate(
  tbs: Uint8Array,
  scheme: SignatureScheme,
  signature: Uint8Array,
): Uint8Array {
  const bits = primitive(Type.BITSTRING, `\0${latin1(signature)}`)
  return encodeDer(sequence([decodeDer(latin1(tbs)), encodeAlgorithm(scheme), bits]))
}

const algorithmNames: Readonly<Record<SignatureScheme, string>> = {
  'RSA-SHA256': 'sha256WithRSAEncryption',
  'ECDSA-SHA256': 'ecdsa-with-SHA256',
  'ECDSA-SHA384': 'ecdsa-with-SHA384',
  'ECDSA-SHA512': 'ecdsa-with-SHA512',
  Ed25519: 'Ed25519',
}

/** Parameters are NULL for RSA (RFC 4055 §5) and absent for ECDSA and Ed25519 (RFC 5758 §3.2, RFC 8410 §3). */
function encodeAlgorithm(scheme: SignatureScheme): Node {
  const oid = encodeOid(signatureOids[algorithmNames[scheme]] ?? '')
  return sequence(scheme === 'RSA-SHA256' ? [oid, primitive(Type.NULL, '')] : [oid])
}

/** UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5). */
function encodeTime(iso: string): Node {
  const digits = iso.replace(/[-:T]/g, '')
  return Number(iso.slice(0, 4)) < 2050
    ? primitive(Type.UTCTIME, digits.slice(2))
    : primitive(Type.GENERALIZEDTIME, digits)
}

/** UTF8String but where the attribute's own syntax says otherwise: Go refuses a PrintableString with other characters in it. */
function encodeName(attributes: readonly NameAttribute[]): Node {
  const stringTypes: Record<string, number> = {
    C: Type.PRINTABLESTRING,
    serialNumber: Type.PRINTABLESTRING,
    DC: Type.IA5STRING,
    emailAddress: Type.IA5STRING,
  }
  return sequence(
    attributes.map(({ type, value }) => {
      const oid = encodeOid(attributeOids[type] ?? type)
      const string = primitive(stringTypes[type] ?? Type.UTF8, Buffer.from(value, 'utf8').toString('latin1'))
      return asn1.create(Class.UNIVERSAL, Type.SET, true, [sequence([oid, string])])
    }),
  )
}

function encodeExtensions({ profile, spki, serial, authorityKeyId, ...known }: TbsInput): Node[] {
  const { subject, subjectAltName, keyUsage, extendedKeyUsage, basicConstraints } = profile
  const keyId = known.subjectKeyId ?? makeSubjectKeyId(spki, basicConstraints.ca ? serial : undefined)
  const usages = extendedKeyUsage.map((usage) => encodeOid(extendedKeyUsageOids[usage] ?? usage))
  const present = [
    extension('basicConstraints', true, encodeBasicConstraints(basicConstraints)),
    keyUsage.length > 0 && extension('keyUsage', true, encodeKeyUsage(keyUsage)),
    usages.length > 0 && extension('extendedKeyUsage', false, sequence(usages)),
    subjectAltName.length > 0 &&
      extension('subjectAltName', subject.length === 0, sequence(subjectAltName.map(encodeGeneralName))),
    extension('subjectKeyIdentifier', false, primitive(Type.OCTETSTRING, latin1(keyId))),
    extension(
      'authorityKeyIdentifier',
      false,
      sequence([contextPrimitive(0, latin1(authorityKeyId ?? keyId))]),
    ),
  ]
  return present.filter((each) => each !== false)
}

/**
 * RFC 5280 §4.2.1.2 method 1 for leaves. For an authority the serial number goes in too (RFC 7093 §2 leaves the method
 * open), so that two generations of it never share an id, even with one key.
 */
function makeSubjectKeyId(spki: Uint8Array, serial: Uint8Array | undefined): Uint8Array {
  if (serial) return createHash('sha256').update(spki).update(serial).digest().subarray(0, 20)
  return keyBitsHash(spki)
}

/** SHA-1 of the subjectPublicKey bits, which is what an authority without a subject key id is known by. */
export function keyBitsHash(spki: Uint8Array): Uint8Array {
  const [, bits] = childrenOf(decodeDer(latin1(spki)))
  return createHash('sha1')
    .update(Buffer.from(bytesOf(bits).slice(1), 'latin1'))
    .digest()
}

function extension(name: keyof typeof extensionOids, critical: boolean, value: Node): Node {
  const flag = critical ? [primitive(Type.BOOLEAN, '\xff')] : []
  const content = primitive(Type.OCTETSTRING, encodeDer(value).toString('latin1'))
  return sequence([encodeOid(extensionOids[name]), ...flag, content])
}

/** Empty for a leaf: FALSE is the default, and DER leaves defaults out (X.690 §11.5). */
function encodeBasicConstraints({ ca, pathLength }: IssueProfile['basicConstraints']): Node {
  if (!ca) return sequence([])
  const limit = pathLength === undefined ? [] : [primitive(Type.INTEGER, String.fromCharCode(pathLength))]
  return sequence([primitive(Type.BOOLEAN, '\xff'), ...limit])
}

/** A named bit list without trailing zero bits (X.690 §11.2.2). */
function encodeKeyUsage(usages: readonly string[]): Node {
  const set = keyUsageBits.map((name) => usages.includes(name))
  const last = set.lastIndexOf(true)
  const bytes = new Uint8Array((last >> 3) + 1)
  set.forEach((on, bit) => {
    if (on) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  })
  return primitive(Type.BITSTRING, String.fromCharCode(7 - (last & 7)) + latin1(bytes))
}

/** GeneralName tags of RFC 5280 §4.2.1.6. */
function encodeGeneralName(name: string): Node {
  const separator = name.indexOf(':')
  const value = name.slice(separator + 1)
  const tags: Record<string, number> = { email: 1, DNS: 2, URI: 6, IP: 7 }
  const tag = tags[name.slice(0, separator)]
  if (tag === undefined) throw new RangeError(`cannot encode the general name ${name}`)
  return contextPrimitive(tag, tag === 7 ? latin1(addressToBytes(value)) : value)
}

function encodeOid(oid: string): Node {
  return primitive(Type.OID, asn1.oidToDer(oid).getBytes())
}

function sequence(nodes: Node[]): Node {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, nodes)
}

function primitive(type: number, value: string): Node {
  return asn1.create(Class.UNIVERSAL, type, false, value)
}

function context(tag: number, nodes: Node[]): Node {
  return asn1.create(Class.CONTEXT_SPECIFIC, tag, true, nodes)
}

function contextPrimitive(tag: number, value: string): Node {
  return asn1.create(Class.CONTEXT_SPECIFIC, tag, false, value)
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
