import { der, octets, oid, sequence, text } from '../support/der.ts'
import {
  authorityExtensions,
  authorityKeyId,
  basicConstraints,
  clientAuth,
  commonName,
  dns,
  extendedKeyUsage,
  extension,
  type HandMade,
  handMade,
  keyUsage,
  leafExtensions,
  nameConstraints,
  type Parts,
  serverAuth,
  subjectAltName,
  subjectKeyId,
} from '../support/hand-made.ts'

export interface Chain {
  readonly what: string
  /** Leaf first, root last. */
  readonly path: readonly [HandMade, ...HandMade[]]
  /** Who among Go and OpenSSL (-x509_strict) refuses it for TLS servers or clients. */
  readonly refusedBy: readonly ('go' | 'openssl')[]
  /** Part of our own verdict; absent: it is in order. */
  readonly fault?: string
}

const go = ['go'] as const
const openssl = ['openssl'] as const
const both = ['go', 'openssl'] as const
const nobody = [] as const

/** A root of these extensions over an ordinary leaf with these names. */
function under(
  what: string,
  extensions: readonly Buffer[],
  names: readonly Buffer[],
  refusedBy: Chain['refusedBy'],
  fault?: string,
  leaf: Partial<Parts> = {},
): Chain {
  const root = handMade({ extensions })
  const own = names.length === 0 ? leafExtensions : replace(leafExtensions, subjectAltName(...names))
  const made = handMade({ extensions: own, ...leaf }, root)
  return { what, path: [made, root], refusedBy, ...(fault === undefined ? {} : { fault }) }
}

function replace(extensions: readonly Buffer[], one: Buffer): Buffer[] {
  const idOf = (each: Buffer) => /06 03 55 1d (..)/.exec(each.toString('hex').replace(/../g, '$& '))?.[1]
  return extensions.map((each) => (idOf(each) === idOf(one) ? one : each))
}

function without(extensions: readonly Buffer[], id: string): Buffer[] {
  return extensions.filter((each) => !each.includes(oid(id)))
}

const constrained = (permitted: readonly Buffer[], excluded: readonly Buffer[] = [], critical = true) => [
  ...authorityExtensions,
  nameConstraints(permitted, excluded, critical),
]
const range = (...octets: number[]) => der(0x87, Buffer.from(octets))
const email = (address: string) => text(0x81, address)
const uri = (value: string) => text(0x86, value)
const directory = (name: Buffer) => der(0xa4, name)

/** Root, an intermediate of these extensions, and a leaf. */
function through(
  what: string,
  rootExtensions: readonly Buffer[],
  middleExtensions: readonly Buffer[],
  refusedBy: Chain['refusedBy'],
  fault?: string,
): Chain {
  const root = handMade({ extensions: rootExtensions })
  const middle = handMade({ subject: commonName('middle'), extensions: middleExtensions }, root)
  const leaf = handMade({ extensions: replace(leafExtensions, authorityKeyId('middle-id')) }, middle)
  return { what, path: [leaf, middle, root], refusedBy, ...(fault === undefined ? {} : { fault }) }
}

const middleExtensions = (...more: Buffer[]) => [
  basicConstraints(true),
  keyUsage(true),
  subjectKeyId('middle-id'),
  authorityKeyId('root-id'),
  ...more,
]

export const chains: readonly Chain[] = [
  under('an ordinary leaf', authorityExtensions, [], nobody),
  under(
    'names that are permitted',
    constrained([dns('example.com'), range(10, 0, 0, 0, 255, 0, 0, 0)]),
    [dns('a.example.com'), range(10, 1, 2, 3)],
    nobody,
  ),
  under(
    'a name that is not permitted',
    constrained([dns('example.com')]),
    [dns('a.example.org')],
    both,
    'does not permit DNS:a.example.org',
  ),
  under(
    'a name that only ends alike',
    constrained([dns('example.com')]),
    [dns('badexample.com')],
    both,
    'does not permit',
  ),
  under(
    'a name that has to have a label more',
    constrained([dns('.example.com')]),
    [dns('example.com')],
    both,
    'does not permit',
  ),
  under(
    'a name that is excluded',
    constrained([], [dns('example.com')]),
    [dns('a.example.com')],
    both,
    'excludes',
  ),
  under(
    'a wildcard over what is excluded',
    constrained([], [dns('bad.example.com')]),
    [dns('*.example.com')],
    nobody,
    'excludes',
  ),
  under(
    'constraints that are not critical',
    constrained([dns('example.com')], [], false),
    [dns('a.example.org')],
    both,
    'does not permit',
  ),
  under(
    'an address out of range',
    constrained([range(10, 0, 0, 0, 255, 0, 0, 0)]),
    [range(11, 0, 0, 1)],
    both,
    'does not permit',
  ),
  under(
    'an address of the other family',
    constrained([range(10, 0, 0, 0, 255, 0, 0, 0)]),
    [der(0x87, Buffer.alloc(16))],
    both,
    'does not permit',
  ),
  under(
    'an address that is excluded',
    constrained([], [range(10, 0, 0, 0, 255, 0, 0, 0)]),
    [range(10, 0, 0, 1)],
    both,
    'excludes',
  ),
  under(
    'a mailbox that is permitted',
    constrained([email('example.com')]),
    [email('me@EXAMPLE.com')],
    nobody,
  ),
  under(
    'a mailbox below a host',
    constrained([email('example.com')]),
    [email('me@mail.example.com')],
    openssl,
    'does not permit',
  ),
  under(
    'a mailbox that is excluded',
    constrained([], [email('me@example.com')]),
    [email('me@example.com')],
    both,
    'excludes',
  ),
  under(
    'a URI that is permitted',
    constrained([uri('.example.com')]),
    [uri('https://a.example.com/x')],
    nobody,
  ),
  under(
    'a URI below a host',
    constrained([uri('example.com')]),
    [uri('https://a.example.com/')],
    openssl,
    'does not permit',
  ),
  under(
    'a URI without a host',
    constrained([uri('example.com')]),
    [uri('urn:a:b')],
    both,
    'cannot be asked about',
  ),
  under(
    'a URI with an address',
    constrained([], [uri('example.com')]),
    [uri('https://10.0.0.1/')],
    go,
    'cannot be asked about',
  ),
  under(
    'a subject that is not permitted',
    constrained([directory(commonName('other'))], [], false),
    [],
    openssl,
    'does not permit its subject',
  ),
  under(
    'a subject that is excluded',
    constrained([], [directory(commonName('leaf'))], false),
    [],
    openssl,
    'excludes its subject',
  ),
  under(
    'critical constraints on subjects',
    constrained([directory(commonName('leaf'))]),
    [],
    go,
    'a critical extension that not everybody knows',
  ),
  under(
    'constraints on names of another kind',
    constrained([der(0x88, Buffer.of(0x2a))]),
    [],
    go,
    'a critical extension that not everybody knows',
  ),
  under(
    'usages that the authority has',
    [...authorityExtensions, extendedKeyUsage(clientAuth, serverAuth)],
    [],
    nobody,
  ),
  under(
    'a usage that the authority lacks',
    [...authorityExtensions, extendedKeyUsage(clientAuth)],
    [],
    both,
    'is not for serverAuth',
  ),
  under(
    'any usage',
    [...authorityExtensions, extendedKeyUsage('2.5.29.37.0')],
    [],
    openssl,
    'is not for serverAuth, clientAuth',
  ),
  under(
    'a critical extension of the authority that nobody knows',
    [...authorityExtensions, extension('1.2.3.4', octets(), true)],
    [],
    both,
    'critical extension',
  ),
  under(
    'critical policyConstraints',
    [...authorityExtensions, extension('2.5.29.36', sequence(der(0x80, Buffer.of(0))), true)],
    [],
    go,
    'critical extension',
  ),
  under(
    'a critical extension of its own that nobody knows',
    authorityExtensions,
    [],
    both,
    'critical extension',
    {
      extensions: [...leafExtensions, extension('1.2.3.4', octets(), true)],
    },
  ),
  under(
    'an authority whose basicConstraints are not critical',
    replace(authorityExtensions, basicConstraints(true, undefined, false)),
    [],
    openssl,
    'not critical',
  ),
  under(
    'an authority without keyUsage',
    without(authorityExtensions, '2.5.29.15'),
    [],
    openssl,
    'no keyCertSign',
  ),
  under(
    'an authority that may not sign',
    replace(authorityExtensions, keyUsage(false)),
    [],
    both,
    'no keyCertSign',
  ),
  under(
    'an authority that is none',
    replace(authorityExtensions, basicConstraints(false)),
    [],
    both,
    'is not a CA',
  ),
  under(
    'an authority without subjectKeyIdentifier',
    without(authorityExtensions, '2.5.29.14'),
    [],
    openssl,
    'no subjectKeyIdentifier',
  ),
  under(
    'another key identifier than the authority has',
    replace(authorityExtensions, subjectKeyId('other')),
    [],
    openssl,
    '(key-id)',
  ),
  under('no key identifier of the authority', authorityExtensions, [], openssl, 'no authorityKeyIdentifier', {
    extensions: without(leafExtensions, '2.5.29.35'),
  }),
  under('another serial number than the authority has', authorityExtensions, [], openssl, '(key-id)', {
    extensions: replace(
      leafExtensions,
      extension('2.5.29.35', sequence(der(0xa1, der(0xa4, commonName('root'))), der(0x82, Buffer.of(1)))),
    ),
  }),
  under(
    'a leaf without a subject, named by what is not critical',
    authorityExtensions,
    [],
    openssl,
    'no subject',
    { subject: sequence() },
  ),
  under('a leaf that may sign and is no CA', authorityExtensions, [], openssl, 'without being a CA', {
    extensions: replace(leafExtensions, keyUsage(true)),
  }),
  under('a critical key identifier', authorityExtensions, [], openssl, 'critical extension', {
    extensions: replace(leafExtensions, extension('2.5.29.14', octets(Buffer.of(1)), true)),
  }),
  through('an ordinary intermediate', authorityExtensions, middleExtensions(), nobody),
  through(
    'a path of the length that is allowed',
    replace(authorityExtensions, basicConstraints(true, 1)),
    middleExtensions(),
    nobody,
  ),
  through(
    'a path that is too long',
    replace(authorityExtensions, basicConstraints(true, 0)),
    middleExtensions(),
    both,
    'allows only 0',
  ),
  through(
    'names that the root does not permit',
    constrained([dns('example.org')]),
    middleExtensions(),
    both,
    'does not permit',
  ),
  through(
    'names that the intermediate does not permit',
    authorityExtensions,
    middleExtensions(nameConstraints([dns('example.org')], [])),
    both,
    'does not permit',
  ),
  through(
    'a usage that the intermediate lacks',
    authorityExtensions,
    middleExtensions(extendedKeyUsage(serverAuth)),
    both,
    'is not for clientAuth',
  ),
]
