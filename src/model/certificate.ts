/** Key types of RFC 3279/5480/8410 that certwright makes; anything else that is found reads `other`. */
export type KeyType = 'RSA' | 'ECDSA' | 'Ed25519'

/** The public half of a key: all that is ever shown, compared or written down of one. */
export interface PublicKey {
  readonly type: KeyType | 'other'
  /** Bits: the RSA modulus or the curve's size (256, 384, 521; 256 for Ed25519). */
  readonly size: number
  /** SHA-256 of the DER SubjectPublicKeyInfo, lower-case hex. */
  readonly spkiSha256: string
}

/** One attribute of a distinguished name; `type` is the short name (`CN`, `O`, …) or a dotted OID. */
export interface NameAttribute {
  readonly type: string
  readonly value: string
}

/** basicConstraints, RFC 5280 §4.2.1.9. */
export interface BasicConstraints {
  readonly ca: boolean
  readonly pathLength?: number
}

/** nameConstraints, RFC 5280 §4.2.1.10: which names may stand in certificates below, and which may not. */
export interface NameConstraints {
  readonly permitted: readonly NameConstraint[]
  readonly excluded: readonly NameConstraint[]
}

export type NameConstraint =
  /** Lower case; empty: every domain; with a leading dot: only what is below it. */
  | { readonly kind: 'DNS' | 'URI'; readonly domain: string }
  /** One mailbox, or a domain as above. */
  | { readonly kind: 'email'; readonly mailbox: string }
  /** Hex; four or sixteen octets each. */
  | { readonly kind: 'IP'; readonly network: string; readonly mask: string }
  | { readonly kind: 'directory'; readonly name: readonly NameAttribute[] }
  /** Of names that nobody here can compare. */
  | { readonly kind: 'unknown' }

/** A parsed X.509 certificate (RFC 5280) as plain data. */
export interface Certificate {
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string
  /** Lower-case hex, no leading zeros beyond a full byte. */
  readonly serial: string
  readonly subject: readonly NameAttribute[]
  readonly issuer: readonly NameAttribute[]
  /** ISO 8601, UTC, whole seconds. */
  readonly notBefore: string
  readonly notAfter: string
  readonly publicKey: PublicKey
  /** e.g. `sha256WithRSAEncryption`, `ecdsa-with-SHA256`, `Ed25519`, or a dotted OID. */
  readonly signatureAlgorithm: string
  /** Canonical general names: `DNS:etcd.example`, `IP:::1`, `URI:…`, `email:…`, in the certificate's order. */
  readonly subjectAltName: readonly string[]
  /** RFC 5280 names (`digitalSignature`, …); empty when the extension is absent. */
  readonly keyUsage: readonly string[]
  /** `serverAuth`, `clientAuth`, … or dotted OIDs; empty when the extension is absent. */
  readonly extendedKeyUsage: readonly string[]
  readonly basicConstraints: BasicConstraints
  /** Lower-case hex. */
  readonly subjectKeyId?: string
  readonly authorityKeyId?: string
  /** The issuer as authorityKeyIdentifier names it besides its key: its own issuer (DER, hex) and its serial number. */
  readonly authorityCertificate?: { readonly issuerDer: readonly string[]; readonly serial: string }
  readonly nameConstraints?: NameConstraints
  /** Extensions marked critical: names of RFC 5280 or dotted OIDs. */
  readonly criticalExtensions: readonly string[]
  /** Those among them that Go or OpenSSL does not know: whoever meets one refuses the certificate. */
  readonly unknownExtensions: readonly string[]
  /** DER of the two names, hex: they chain when they are the same to the byte. */
  readonly subjectDer: string
  readonly issuerDer: string
  /** The certificate alone, `-----BEGIN CERTIFICATE-----` to `-----END CERTIFICATE-----\n`. */
  readonly pem: string
}
