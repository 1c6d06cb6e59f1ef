import { describe, expect, it } from 'vitest'
import type { Certificate } from '../../src/model/certificate.ts'
import { encodeSpki } from '../../src/x509/keys.ts'
import { findIssuanceFaults, isIssuedBy } from '../../src/x509/verify.ts'
import { authorityProfile, issue, leafProfile } from '../support/issue.ts'

describe('isIssuedBy', () => {
  it('recognises the signer', async () => {
    const root = await issue(authorityProfile)
    const leaf = await issue(leafProfile, { by: root })
    expect(isIssuedBy(leaf.certificate, root.certificate)).toEqual({ issued: true })
  })

  it('tells another authority by its name', async () => {
    const root = await issue(authorityProfile)
    const other = await issue({ ...authorityProfile, subject: [{ type: 'CN', value: 'other' }] })
    const leaf = await issue(leafProfile, { by: other })
    expect(isIssuedBy(leaf.certificate, root.certificate)).toEqual({ issued: false, why: 'name' })
  })

  it('tells another generation with the same name and key by its key id', async () => {
    const old = await issue(authorityProfile)
    const current = await issue(authorityProfile, { key: old.key })
    const leaf = await issue(leafProfile, { by: old })
    expect(isIssuedBy(leaf.certificate, current.certificate)).toEqual({ issued: false, why: 'key-id' })
  })

  it('tells an impostor with the same name and key id by the signature', async () => {
    const root = await issue(authorityProfile)
    const impostor = await issue(authorityProfile)
    const leaf = await issue(leafProfile, { by: root })
    const disguised: Certificate = {
      ...impostor.certificate,
      subjectKeyId: leaf.certificate.authorityKeyId ?? '',
    }
    expect(isIssuedBy(leaf.certificate, disguised)).toEqual({ issued: false, why: 'signature' })
  })
})

describe('findIssuanceFaults', () => {
  it.each<[string, Partial<typeof leafProfile>, RegExp]>([
    ['subject', { subject: [{ type: 'CN', value: 'somebody' }] }, /subject/],
    ['alternative names', { subjectAltName: ['DNS:other.example'] }, /subjectAltName/],
    ['key usage', { keyUsage: ['keyEncipherment'] }, /keyUsage/],
    ['extended key usage', { extendedKeyUsage: [] }, /extendedKeyUsage/],
    ['basic constraints', { basicConstraints: { ca: true } }, /basicConstraints/],
    ['end', { notAfter: '2037-01-01T00:00:00Z' }, /validity/],
  ])('notices another %s than was asked for', async (_what, change, fault) => {
    const root = await issue(authorityProfile)
    const { certificate, key } = await issue(leafProfile, { by: root })
    const profile = { ...leafProfile, ...change }
    const faults = findIssuanceFaults({
      certificate,
      profile,
      spki: encodeSpki(key),
      chain: [root.certificate],
    })
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(fault)
  })

  it('notices another key, another signer, a longer life and a path that is too long', async () => {
    const root = await issue({
      ...authorityProfile,
      basicConstraints: { ca: true, pathLength: 0 },
      notAfter: '2030-01-01T00:00:00Z',
    })
    const stranger = await issue(authorityProfile)
    const middle = await issue(
      { ...authorityProfile, subject: [{ type: 'CN', value: 'middle' }] },
      { by: root },
    )
    const leaf = await issue(leafProfile, { by: middle })
    const check = (over: object) =>
      findIssuanceFaults({
        certificate: leaf.certificate,
        profile: leafProfile,
        spki: encodeSpki(leaf.key),
        chain: [middle.certificate, root.certificate],
        ...over,
      })
    expect(check({ spki: encodeSpki(stranger.key) })).toContain('it is for another key')
    expect(check({ chain: [stranger.certificate] })).toContain('CN=leaf is not signed by CN=test-ca (name)')
    expect(check({})).toEqual(
      expect.arrayContaining([
        expect.stringContaining('reaches beyond'),
        expect.stringContaining('allows only 0'),
      ]),
    )
  })
})
