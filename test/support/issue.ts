import type { KeyObject } from 'node:crypto'
import type { Certificate } from '../../src/model/certificate.ts'
import type { IssueProfile } from '../../src/model/plan.ts'
import { issueCertificate } from '../../src/x509/issue.ts'
import { encodeSpki, generatePrivateKey } from '../../src/x509/keys.ts'
import { signTbs } from '../../src/x509/sign.ts'

export interface Issued {
  readonly certificate: Certificate
  readonly key: KeyObject
  readonly profile: IssueProfile
}

export const authorityProfile: IssueProfile = {
  subject: [{ type: 'CN', value: 'test-ca' }],
  subjectAltName: [],
  keyUsage: ['keyCertSign', 'cRLSign'],
  extendedKeyUsage: [],
  basicConstraints: { ca: true },
  notBefore: '2026-01-01T00:00:00Z',
  notAfter: '2046-01-01T00:00:00Z',
}

export const leafProfile: IssueProfile = {
  subject: [{ type: 'CN', value: 'leaf' }],
  subjectAltName: ['DNS:leaf.example', 'IP:127.0.0.1'],
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: ['serverAuth', 'clientAuth'],
  basicConstraints: { ca: false },
  notBefore: '2026-01-01T00:00:00Z',
  notAfter: '2036-01-01T00:00:00Z',
}

/** A real certificate on a real key, signed by another or by itself; `keyId` is what the key is known by already. */
export async function issue(
  profile: IssueProfile,
  { by, key, keyId }: { by?: Issued; key?: KeyObject; keyId?: string | undefined } = {},
): Promise<Issued> {
  const own = key ?? (await generatePrivateKey({ type: 'ECDSA', size: 256 }))
  const signer = by?.key ?? own
  const certificate = await issueCertificate({
    profile,
    spki: encodeSpki(own),
    issuer: by ? { kind: 'authority', pem: by.certificate.pem } : { kind: 'itself' },
    ...(keyId === undefined ? {} : { subjectKeyId: keyId }),
    sign: async (scheme, tbs) => signTbs(signer, scheme, tbs),
  })
  return { certificate, key: own, profile }
}
