import { describe, expect, it } from 'vitest'
import { findAuthorityFaults } from '../../src/x509/authority.ts'
import { parseDer } from '../../src/x509/parse.ts'
import {
  authorityExtensions,
  authorityKeyId,
  basicConstraints,
  commonName,
  extension,
  handMade,
  keyUsage,
  subjectKeyId,
} from '../support/hand-made.ts'
import { authorityProfile, issue, leafProfile } from '../support/issue.ts'

const at = new Date('2030-01-01T00:00:00Z')

describe('findAuthorityFaults', () => {
  it('finds nothing wrong with a CA that can sign', async () => {
    const { certificate } = await issue(authorityProfile)
    const { spkiSha256 } = certificate.publicKey
    expect(findAuthorityFaults({ certificates: [certificate], spkiSha256, at })).toEqual([])
  })

  it.each([
    ['a leaf', leafProfile, ['not-an-authority']],
    ['a CA that may not sign', { ...authorityProfile, keyUsage: ['cRLSign'] }, ['not-an-authority']],
    [
      'a CA that expired a second ago',
      { ...authorityProfile, notAfter: '2029-12-31T23:59:59Z' },
      ['authority-expired'],
    ],
    ['a CA that expires this second', { ...authorityProfile, notAfter: '2030-01-01T00:00:00Z' }, []],
    ['a CA that is valid from this second', { ...authorityProfile, notBefore: '2030-01-01T00:00:00Z' }, []],
    [
      'a CA that is valid in a second',
      { ...authorityProfile, notBefore: '2030-01-01T00:00:01Z' },
      ['authority-not-yet-valid'],
    ],
  ])('judges %s', async (_what, profile, codes) => {
    const { certificate } = await issue(profile)
    const { spkiSha256 } = certificate.publicKey
    expect(
      findAuthorityFaults({ certificates: [certificate], spkiSha256, at }).map(({ code }) => code),
    ).toEqual(codes)
  })

  it('notices the key of another, a weak signature, and a chain out of order', async () => {
    const root = await issue(authorityProfile)
    const other = await issue({ ...authorityProfile, subject: [{ type: 'CN', value: 'other' }] })
    const weak = { ...root.certificate, signatureAlgorithm: 'sha1WithRSAEncryption' }
    const { spkiSha256 } = other.certificate.publicKey
    const faults = findAuthorityFaults({ certificates: [weak, other.certificate], spkiSha256, at })
    expect(faults.map(({ code }) => code)).toEqual([
      'authority-key-mismatch',
      'signature-weak',
      'chain-differs',
    ])
  })

  it('wants what peers want of the authority, and of those above it', () => {
    const judge = (authority: readonly Buffer[], root = authorityExtensions) => {
      const above = handMade({ extensions: root })
      const own = handMade({ subject: commonName('middle'), extensions: authority }, above)
      const [first, second] = [own, above].map(({ der }) => parseDer(der))
      if (typeof first !== 'object' || typeof second !== 'object') throw new Error('not read')
      const { spkiSha256 } = first.publicKey
      return findAuthorityFaults({ certificates: [first, second], spkiSha256, at }).map(({ code }) => code)
    }
    const fit = [basicConstraints(true), keyUsage(true), subjectKeyId('a'), authorityKeyId('root-id')]
    expect(judge(fit)).toEqual([])
    expect(judge([basicConstraints(true, undefined, false), ...fit.slice(1)])).toEqual(['peers-refuse'])
    expect(judge([...fit, extension('1.2.3.4', Buffer.alloc(0), true)])).toEqual(['peers-refuse'])
    expect(judge(fit, [basicConstraints(true, 0), ...authorityExtensions.slice(1)])).toEqual([
      'refused-by-authority',
    ])
    expect(judge(fit, [...authorityExtensions, extension('1.2.3.4', Buffer.alloc(0), true)])).toEqual([
      'peers-refuse',
    ])
  })
})
