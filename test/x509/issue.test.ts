import { describe, expect, it } from 'vitest'
import type { KeyType } from '../../src/model/certificate.ts'
import { encodeSpki, generatePrivateKey } from '../../src/x509/keys.ts'
import { findIssuanceFaults } from '../../src/x509/verify.ts'
import { authorityProfile, issue, leafProfile } from '../support/issue.ts'
import { judgeChain } from '../support/judges.ts'

const keys: [KeyType, number][] = [
  ['RSA', 2048],
  ['ECDSA', 256],
  ['ECDSA', 384],
  ['ECDSA', 521],
  ['Ed25519', 256],
]
const mixes = keys.flatMap(([caType, caSize]) =>
  keys.map(([type, size]) => ({ ca: { type: caType, size: caSize }, leaf: { type, size } })),
)

describe('issueCertificate', () => {
  it.each(mixes)(
    'satisfies OpenSSL and GnuTLS with a $ca.type $ca.size authority and a $leaf.type $leaf.size leaf',
    async ({ ca, leaf }) => {
      const root = await issue(authorityProfile, { key: await generatePrivateKey(ca) })
      const child = await issue(leafProfile, { by: root, key: await generatePrivateKey(leaf) })
      const verdict = await judgeChain([child.certificate.pem, root.certificate.pem])
      expect(verdict.openssl).toContain('OK')
      expect(verdict.gnutls).toContain('Verified')
      const issuance = {
        certificate: child.certificate,
        profile: leafProfile,
        spki: encodeSpki(child.key),
        chain: [root.certificate],
      }
      expect(findIssuanceFaults(issuance)).toEqual([])
    },
  )

  it('writes what the profile says, and reads it back', async () => {
    const profile = {
      ...leafProfile,
      subject: [
        { type: 'C', value: 'DE' },
        { type: 'O', value: 'Größe & Söhne' },
        { type: 'CN', value: 'etcd ünïcode' },
        { type: 'emailAddress', value: 'ops@example.com' },
      ],
      subjectAltName: [
        'DNS:*.example',
        'IP:10.0.0.1',
        'IP:2001:db8::1',
        'IP:::1',
        'URI:spiffe://a/b',
        'email:a@b.example',
      ],
      keyUsage: ['digitalSignature', 'keyEncipherment', 'decipherOnly', 'keyAgreement'],
      extendedKeyUsage: ['serverAuth', '1.2.3.4'],
    }
    const root = await issue(authorityProfile)
    const { certificate } = await issue(profile, { by: root })
    expect(certificate).toMatchObject({
      subject: profile.subject,
      issuer: authorityProfile.subject,
      subjectAltName: profile.subjectAltName,
      extendedKeyUsage: profile.extendedKeyUsage,
      basicConstraints: { ca: false },
      notBefore: profile.notBefore,
      notAfter: profile.notAfter,
      signatureAlgorithm: 'ecdsa-with-SHA256',
      authorityKeyId: root.certificate.subjectKeyId,
    })
    expect([...certificate.keyUsage].sort()).toEqual([...profile.keyUsage].sort())
    expect((await judgeChain([certificate.pem, root.certificate.pem])).openssl).toContain('OK')
  })

  it.each([
    ['2049-12-31T23:59:59Z', 'UTCTIME'],
    ['2050-01-01T00:00:00Z', 'GENERALIZEDTIME'],
  ])('ends at %s, written as %s', async (notAfter) => {
    const root = await issue({ ...authorityProfile, notAfter })
    expect(root.certificate.notAfter).toBe(notAfter)
    expect((await judgeChain([root.certificate.pem])).openssl).toContain('OK')
  })

  it('makes chains through an intermediate that both judges accept', async () => {
    const root = await issue({ ...authorityProfile, basicConstraints: { ca: true, pathLength: 1 } })
    const middle = await issue(
      {
        ...authorityProfile,
        subject: [{ type: 'CN', value: 'middle' }],
        basicConstraints: { ca: true, pathLength: 0 },
      },
      { by: root },
    )
    const leaf = await issue(leafProfile, { by: middle })
    const verdict = await judgeChain([leaf.certificate.pem, middle.certificate.pem, root.certificate.pem])
    expect(verdict.openssl).toContain('OK')
    expect(verdict.gnutls).toContain('Verified')
  })

  it('gives every certificate a positive serial number of 128 bits', async () => {
    const root = await issue(authorityProfile)
    const serials = await Promise.all(
      Array.from({ length: 50 }, async () => (await issue(leafProfile, { by: root })).certificate.serial),
    )
    expect(new Set(serials).size).toBe(50)
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9a-f]{31}$/)
  })

  it('gives two generations of one authority different key ids, even with one key', async () => {
    const first = await issue(authorityProfile)
    const second = await issue(authorityProfile, { key: first.key })
    expect(second.certificate.publicKey).toEqual(first.certificate.publicKey)
    expect(second.certificate.subjectKeyId).not.toBe(first.certificate.subjectKeyId)
  })

  it('marks the alternative names critical when there is no subject', async () => {
    const root = await issue(authorityProfile)
    const leaf = await issue({ ...leafProfile, subject: [] }, { by: root })
    expect((await judgeChain([leaf.certificate.pem, root.certificate.pem])).openssl).toContain('OK')
  })
})
