import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { bits, boolean, der, integer, nothing, octets, oid, sequence, set, text } from '../support/der.ts'
import {
  authorityExtensions,
  authorityKeyId,
  basicConstraints,
  commonName,
  dns,
  extension,
  keyUsage,
  nameConstraints,
  type Parts,
  subjectAltName,
  subjectKeyId,
} from '../support/hand-made.ts'

export interface Malformed {
  readonly what: string
  readonly parts: Partial<Parts>
  /** Part of what parseDer says. */
  readonly detail: string
  /** Who among Go and OpenSSL refuses to read it; nobody: RFC 5280 or a newer Go does, or one of the two when it verifies. */
  readonly refusedBy: readonly ('go' | 'openssl')[]
}

const utc = (value: string) => text(0x17, value)
const generalized = (value: string) => text(0x18, value)
const good = utc('360101000000Z')
const validity = (from: Buffer, to = good) => ({ validity: sequence(from, to) })
const withExtension = (...more: Buffer[]) => ({ extensions: [...authorityExtensions, ...more] })
/** In the place of the one that an ordinary authority has. */
const instead = (one: Buffer) => ({
  extensions: [one, ...authorityExtensions.filter((each) => idOf(each) !== idOf(one))],
})
/** The OID, behind the header of an Extension that is shorter than 128 octets. */
const idOf = (one: Buffer) => one.subarray(2, 7).toString('hex')
const san = (...names: Buffer[]) => withExtension(subjectAltName(...names))

const rsaAlgorithm = oid('1.2.840.113549.1.1.1')
const rsa = () =>
  generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'pkcs1', format: 'der' })
const spkiOf = (namedCurve: string) =>
  createPublicKey(generateKeyPairSync('ec', { namedCurve }).privateKey).export({
    type: 'spki',
    format: 'der',
  })
const onCurve = (curve: string, point: Buffer) => ({
  spki: sequence(sequence(oid('1.2.840.10045.2.1'), oid(curve)), bits(point)),
})
const p256 = '1.2.840.10045.3.1.7'
const dsa = (p: number, q: number, g: number, y: number) => ({
  spki: sequence(
    sequence(oid('1.2.840.10040.4.1'), sequence(integer(p), integer(q), integer(g))),
    bits(integer(y)),
  ),
})

const go = ['go'] as const
const both = ['go', 'openssl'] as const
const nobody = [] as const

function one(
  what: string,
  parts: Partial<Parts>,
  detail: string,
  refusedBy: Malformed['refusedBy'],
): Malformed {
  return { what, parts, detail, refusedBy }
}

/** Each is a certificate that signs itself, with one thing wrong. */
export const malformed: readonly Malformed[] = [
  one('bytes behind it', { trailing: Buffer.from('x') }, 'is followed by other bytes', go),
  one('version 4', { version: der(0xa0, integer(3)) }, 'is of version 4', go),
  one('a negative version', { version: der(0xa0, integer(0xff)) }, 'negative version', go),
  one('extensions in version 1', { version: Buffer.alloc(0) }, 'has extensions, and is of version 1', nobody),
  one('a negative serial number', { serial: integer(0xff, 0x01) }, 'negative serial number', nobody),
  one(
    'a serial number with a zero too many',
    { serial: integer(0, 1) },
    'serial number that is not DER',
    both,
  ),
  one('no serial number', { serial: integer() }, 'empty number', both),
  one(
    'a serial number of 21 octets',
    { serial: integer(...Array(21).fill(1)) },
    'more than 20 octets',
    nobody,
  ),
  one(
    'two signature algorithms',
    { outerAlgorithm: sequence(oid('1.2.840.10045.4.3.3')) },
    'two different',
    go,
  ),
  one(
    'parameters that differ inside and outside',
    { outerAlgorithm: sequence(oid('1.2.840.10045.4.3.2'), nothing()) },
    'two different',
    go,
  ),
  one(
    'an OID with a large arc',
    { innerAlgorithm: sequence(oid('1.2.4294967296.1')) },
    'malformed object',
    go,
  ),
  one('a fraction of a second', validity(generalized('20260101000000.5Z')), 'not written as', go),
  one('a UTCTime without Z', validity(utc('2601010000+0100')), 'not written as', nobody),
  one('a UTCTime without seconds', validity(utc('2601010000Z')), 'not written as', nobody),
  one('the 30th of February', validity(utc('260230000000Z')), 'no calendar', go),
  one('a minute of 61 seconds', validity(utc('260101000060Z')), 'no calendar', go),
  one('a date that is text', validity(text(0x13, '260101000000Z')), 'no time', both),
  one('an end before its beginning', validity(utc('370101000000Z')), 'ends before it begins', nobody),
  one('a tab in a PrintableString', { subject: commonName('a\tb', 0x13) }, 'does not allow', go),
  one('an @ in a PrintableString', { subject: commonName('a@b', 0x13) }, 'does not allow', go),
  one('Latin-1 in a UTF8String', { subject: commonName('\xe4', 0x0c) }, 'not UTF-8', both),
  one('an odd BMPString', { subject: commonName('abc', 0x1e) }, 'not UCS-2', both),
  one('a surrogate in a BMPString', { subject: commonName('\xd8\x00', 0x1e) }, 'not UCS-2', ['openssl']),
  one('an umlaut in an IA5String', { subject: commonName('\xe4', 0x16) }, 'does not allow', go),
  one('letters in a NumericString', { subject: commonName('a', 0x12) }, 'does not allow', go),
  one('a UniversalString', { subject: commonName('\0\0\0a', 0x1c) }, 'unknown type', go),
  one('an empty set in its name', { subject: sequence(set()) }, 'is not DER', nobody),
  one('an RSA key without NULL', { spki: sequence(sequence(rsaAlgorithm), bits(rsa())) }, 'without NULL', go),
  one(
    'a negative RSA modulus',
    { spki: sequence(sequence(rsaAlgorithm, nothing()), bits(sequence(integer(0xf1, 1), integer(3)))) },
    'negative RSA modulus',
    go,
  ),
  one(
    'an RSA modulus of 20,000 bits',
    {
      spki: sequence(
        sequence(rsaAlgorithm, nothing()),
        bits(sequence(integer(...Array(2500).fill(0x7f)), integer(3))),
      ),
    },
    'nobody takes more',
    nobody,
  ),
  one('a curve that Go does not know', { spki: spkiOf('secp256k1') }, 'a curve that Go does not know', go),
  one('a compressed point', onCurve(p256, Buffer.alloc(33, 2)), 'no uncompressed point', go),
  one(
    'a point beside the curve',
    onCurve(p256, Buffer.concat([Buffer.of(4), Buffer.alloc(64, 7)])),
    'not on its curve',
    go,
  ),
  one(
    'a curve spelt out',
    { spki: sequence(sequence(oid('1.2.840.10045.2.1'), sequence(integer(1))), bits(Buffer.alloc(65, 4))) },
    'curve without a name',
    go,
  ),
  one(
    'an Ed25519 key of 31 octets',
    { spki: sequence(sequence(oid('1.3.101.112')), bits(Buffer.alloc(31))) },
    'another length',
    go,
  ),
  one('a negative DSA p', dsa(0xf1, 3, 5, 7), 'negative DSA p', go),
  one('a negative DSA q', dsa(11, 0xf3, 5, 7), 'negative DSA q', go),
  one('a negative DSA g', dsa(11, 3, 0xf5, 7), 'negative DSA g', go),
  one('a negative DSA y', dsa(11, 3, 5, 0xf7), 'negative DSA y', go),
  one('an extension twice', withExtension(subjectKeyId('again')), 'twice', go),
  one(
    'a critical flag of 1',
    withExtension(sequence(oid('1.2.3.4'), boolean(1), octets())),
    'critical flag',
    go,
  ),
  one(
    'a negative path length',
    instead(extension('2.5.29.19', sequence(boolean(0xff), integer(0xff)), true)),
    'negative path length',
    nobody,
  ),
  one(
    'a path length of 2³²',
    instead(extension('2.5.29.19', sequence(boolean(0xff), integer(1, 0, 0, 0, 0)), true)),
    'out of range',
    nobody,
  ),
  one('a path length without a CA', instead(basicConstraints(false, 0)), 'without being a CA', nobody),
  one(
    'basicConstraints that are no list',
    instead(extension('2.5.29.19', octets(), true)),
    'of another type',
    go,
  ),
  one(
    'a keyUsage without bits',
    instead(extension('2.5.29.15', bits(Buffer.alloc(0)), true)),
    'empty keyUsage',
    nobody,
  ),
  one(
    'a keyUsage with stray bits',
    instead(extension('2.5.29.15', bits(Buffer.of(0x07), 1), true)),
    'not DER',
    go,
  ),
  one('an empty extendedKeyUsage', withExtension(extension('2.5.29.37', sequence())), 'is not DER', nobody),
  one('an empty subjectAltName', san(), 'empty subjectAltName', nobody),
  one('an umlaut in a dNSName', san(dns('\xe4.example')), 'not printable ASCII', go),
  one('a NUL in a dNSName', san(dns('good.example\0.evil.example')), 'not printable ASCII', nobody),
  one('an umlaut in an rfc822Name', san(text(0x81, '\xe4@example.com')), 'not printable ASCII', go),
  one('an address of five octets', san(der(0x87, Buffer.alloc(5))), 'address of 5 octets', go),
  one('a URI with a broken escape', san(text(0x86, 'https://example.com/%zz')), 'malformed URI', go),
  one('a URI with an empty label', san(text(0x86, 'https://example..com/')), 'malformed URI', go),
  one('a URI with a broken port', san(text(0x86, 'https://example.com:a/')), 'malformed URI', go),
  one('a URI without a scheme', san(text(0x86, 'example')), 'malformed URI', nobody),
  one('empty nameConstraints', withExtension(nameConstraints([], [])), 'empty nameConstraints', go),
  one(
    'a constraint with an empty label',
    withExtension(nameConstraints([dns('a..b')], [])),
    'malformed domain',
    go,
  ),
  one(
    'a range with holes',
    withExtension(nameConstraints([der(0x87, Buffer.of(10, 0, 0, 0, 255, 0, 255, 0))], [])),
    'malformed range',
    go,
  ),
  one(
    'a constraint with a minimum',
    withExtension(
      extension('2.5.29.30', sequence(der(0xa0, sequence(dns('a'), der(0x80, Buffer.of(1))))), true),
    ),
    'something follows',
    nobody,
  ),
  one(
    'a policy that is no OID',
    withExtension(extension('2.5.29.32', sequence(sequence(integer(1))))),
    'another type',
    go,
  ),
  one(
    'a policy twice',
    withExtension(extension('2.5.29.32', sequence(sequence(oid('1.2.3')), sequence(oid('1.2.3'))))),
    'twice',
    nobody,
  ),
  one(
    'distribution points that are none',
    withExtension(extension('2.5.29.31', sequence(integer(1)))),
    'another type',
    go,
  ),
  one(
    'access information that is none',
    withExtension(extension('1.3.6.1.5.5.7.1.1', sequence(integer(1)))),
    'another type',
    go,
  ),
  one(
    'an authorityKeyIdentifier that is no list',
    withExtension(extension('2.5.29.35', octets())),
    'another type',
    go,
  ),
  one(
    'unique identifiers in version 1',
    { version: Buffer.alloc(0), extensions: [], identifiers: der(0x81, Buffer.of(0, 1)) },
    'unique identifiers',
    nobody,
  ),
]

/** Each is a certificate that everybody reads, with something rare in it. */
export const unusual: readonly (readonly [string, Partial<Parts>])[] = [
  ['nothing rare', {}],
  ['version 1', { version: Buffer.alloc(0), extensions: [] }],
  ['serial number zero', { serial: integer(0) }],
  ['a serial number of 20 octets', { serial: integer(0x7f, ...Array(19).fill(0xff)) }],
  ['year 1 in GeneralizedTime', validity(generalized('00010101000000Z'))],
  ['year 99 in GeneralizedTime', validity(generalized('00991231235959Z'))],
  ['year 9999', validity(utc('260101000000Z'), generalized('99991231235959Z'))],
  ['1950 and 2049 in UTCTime', validity(utc('500101000000Z'), utc('491231235959Z'))],
  [
    'a BMPString',
    { subject: commonName(Buffer.from('Bücher', 'utf16le').swap16().toString('latin1'), 0x1e) },
  ],
  ['a T61String', { subject: commonName('cafe', 0x14) }],
  ['a NumericString', { subject: commonName('12 3', 0x12) }],
  ['an IA5String', { subject: commonName('a@b', 0x16) }],
  ['a star in a PrintableString', { subject: commonName('*.example.com', 0x13) }],
  [
    'a set of two attributes',
    {
      subject: sequence(
        set(sequence(oid('2.5.4.3'), text(0x0c, 'a')), sequence(oid('2.5.4.10'), text(0x0c, 'b'))),
      ),
    },
  ],
  ['an empty name', { subject: sequence() }],
  ['P-224', { spki: spkiOf('secp224r1') }],
  ['P-521', { spki: spkiOf('secp521r1') }],
  ['RSA', { spki: sequence(sequence(rsaAlgorithm, nothing()), bits(rsa())) }],
  ['Ed448', { spki: sequence(sequence(oid('1.3.101.113')), bits(Buffer.alloc(57))) }],
  ['DSA', dsa(11, 5, 3, 7)],
  [
    'every kind of name',
    san(
      dns('a.example'),
      text(0x81, 'me@example.com'),
      text(0x86, 'https://u@example.com:8080/a%20b?c#d'),
      der(0x87, Buffer.of(10, 0, 0, 1)),
      der(0x87, Buffer.alloc(16, 1)),
    ),
  ],
  [
    'constraints of every kind',
    withExtension(
      nameConstraints(
        [dns('.example'), text(0x81, 'example.com'), text(0x86, '.example')],
        [der(0x87, Buffer.of(10, 0, 0, 0, 255, 0, 0, 0)), der(0xa4, commonName('x'))],
      ),
    ),
  ],
  ['a critical extension that nobody knows', withExtension(extension('1.2.3.4', octets(), true))],
  ['an explicit FALSE', withExtension(sequence(oid('1.2.3.4'), boolean(0), octets()))],
  ['a key usage of nine bits', instead(extension('2.5.29.15', bits(Buffer.of(0xff, 0x80), 7), true))],
  [
    'an authority key identifier of all three',
    withExtension(
      extension(
        '2.5.29.35',
        sequence(der(0x80, Buffer.of(1)), der(0xa1, der(0xa4, commonName('root'))), der(0x82, Buffer.of(1))),
      ),
    ),
  ],
  [
    'policies and where to ask',
    withExtension(
      extension('2.5.29.32', sequence(sequence(oid('2.5.29.32.0')))),
      extension('2.5.29.31', sequence(sequence(der(0xa0, der(0xa0, text(0x86, 'http://crl.example/')))))),
      extension(
        '1.3.6.1.5.5.7.1.1',
        sequence(sequence(oid('1.3.6.1.5.5.7.48.1'), text(0x86, 'http://ocsp.example/'))),
      ),
    ),
  ],
  [
    'unique identifiers',
    { identifiers: Buffer.concat([der(0x81, Buffer.of(0, 1)), der(0x82, Buffer.of(0, 1))]) },
  ],
  [
    'unused fields',
    { extensions: [basicConstraints(true, 3), keyUsage(true), subjectKeyId('a'), authorityKeyId('a')] },
  ],
]
