import { describe, expect, it } from 'vitest'
import type { IssueProfile } from '../../src/model/plan.ts'
import { accepts } from '../../src/x509/accepts.ts'
import { findBridgeObstacle, makeBridgeProfile } from '../../src/x509/bridge.ts'
import { nextSubject } from '../../src/x509/generation.ts'
import { generatePrivateKey } from '../../src/x509/keys.ts'
import { parseDer } from '../../src/x509/parse.ts'
import { askGo } from '../support/consumers.ts'
import {
  authorityExtensions,
  basicConstraints,
  clientAuth,
  commonName,
  dns,
  extendedKeyUsage,
  handMade,
  keyUsage,
  nameConstraints,
  serverAuth,
} from '../support/hand-made.ts'
import { authorityProfile, issue, leafProfile } from '../support/issue.ts'
import { judgeChain } from '../support/judges.ts'

const at = new Date('2030-01-01T00:00:00Z')
const wanted: IssueProfile = {
  ...authorityProfile,
  subject: [...nextSubject(authorityProfile.subject, at)],
  notBefore: '2029-12-31T23:00:00Z',
  notAfter: '2050-01-01T00:00:00Z',
}
const lengths = (pathLength?: number) => ({
  basicConstraints: { ca: true, ...(pathLength === undefined ? {} : { pathLength }) },
})
const toDer = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')

describe('makeBridgeProfile', () => {
  it('says who the new one is, within what the old one may', async () => {
    const { certificate: old } = await issue(authorityProfile)
    expect(makeBridgeProfile({ ...wanted, subjectAltName: ['DNS:ca.example'] }, old)).toEqual({
      ...wanted,
      subjectAltName: [],
      notAfter: old.notAfter,
    })
    const early = { ...wanted, notBefore: '2020-01-01T00:00:00Z', notAfter: '2031-01-01T00:00:00Z' }
    expect(makeBridgeProfile(early, old)).toMatchObject({
      notBefore: old.notBefore,
      notAfter: early.notAfter,
    })
  })

  it.each([
    [undefined, undefined, undefined],
    [undefined, 1, 1],
    [3, undefined, 2],
    [1, undefined, 0],
    [1, 1, 0],
    [3, 1, 1],
  ])('has, of an old path length of %s and a new one of %s, %s', async (old, own, length) => {
    const { certificate } = await issue({ ...authorityProfile, ...lengths(old) })
    const { basicConstraints } = makeBridgeProfile({ ...wanted, ...lengths(own) }, certificate)
    expect(basicConstraints).toEqual(lengths(length).basicConstraints)
  })

  it('is not to be had of an authority that allows none below it', async () => {
    const { certificate } = await issue({ ...authorityProfile, ...lengths(0) })
    expect(() => makeBridgeProfile(wanted, certificate)).toThrow(RangeError)
  })
})

const mixes = [
  { from: 'ECDSA', to: 'ECDSA', pathLength: undefined },
  { from: 'RSA', to: 'ECDSA', pathLength: 1 },
  { from: 'ECDSA', to: 'RSA', pathLength: 1 },
] as const

async function makeBridge({ from, to, pathLength }: (typeof mixes)[number]) {
  const make = (type: 'RSA' | 'ECDSA') => generatePrivateKey({ type, size: type === 'RSA' ? 2048 : 256 })
  const old = await issue({ ...authorityProfile, ...lengths(pathLength) }, { key: await make(from) })
  const next = await issue(wanted, { key: await make(to) })
  const keyId = next.certificate.subjectKeyId
  const profile = makeBridgeProfile(wanted, old.certificate)
  const { certificate: bridge } = await issue(profile, { by: old, key: next.key, keyId })
  const leaf = (await issue({ ...leafProfile, notBefore: wanted.notBefore }, { by: next })).certificate
  return { from, to, leaf, bridge, roots: [old.certificate, next.certificate] }
}

const bridges = await Promise.all(mixes.map(makeBridge))
const answers = askGo(
  bridges.flatMap(({ leaf, bridge, roots }) =>
    roots.map(({ pem }) => ({ chain: [toDer(leaf.pem), toDer(bridge.pem)], anchors: [toDer(pem)] })),
  ),
)

describe('a bridge', () => {
  it.each(bridges.map((each, index) => ({ ...each, byGo: answers.slice(2 * index, 2 * index + 2) })))(
    'from $from to $to is taken by who trusts either',
    ({ leaf, bridge, roots, byGo }) => {
      expect(bridge.subjectKeyId).toBe(leaf.authorityKeyId)
      expect(byGo.map((answer) => answer.Error)).toEqual(['', ''])
      expect(roots.map((root) => accepts([leaf, bridge], [root], at))).toEqual([true, true])
    },
  )

  it('satisfies OpenSSL and GnuTLS today', async () => {
    const today = { notBefore: authorityProfile.notBefore }
    const old = await issue({ ...authorityProfile, ...lengths(1) })
    const next = await issue({ ...wanted, ...today })
    const profile = makeBridgeProfile(next.profile, old.certificate)
    const keyId = next.certificate.subjectKeyId
    const bridge = await issue(profile, { by: old, key: next.key, keyId })
    const leaf = await issue(leafProfile, { by: next })
    const chain = [leaf, bridge, old].map(({ certificate }) => certificate.pem)
    const verdict = await judgeChain(chain)
    expect(verdict.openssl).toContain('OK')
    expect(verdict.gnutls).toContain('Verified')
  })
})

describe('findBridgeObstacle', () => {
  const ask = { wanted, at, minimumDays: 7, below: [[leafProfile]] as const }

  it('finds none where there can be a bridge', async () => {
    const { certificate: old } = await issue({ ...authorityProfile, ...lengths(1) })
    expect(findBridgeObstacle({ ...ask, old })).toBeUndefined()
  })

  it.each<[string, Partial<IssueProfile>, string | undefined]>([
    ['path length 0', lengths(0), "the old one's path length is 0"],
    ['the subject that is wanted', { subject: wanted.subject }, 'both have the same subject'],
    ['no right to sign', { keyUsage: ['cRLSign'] }, 'the old one may not sign certificates (no keyCertSign)'],
    ['no CA', { ...leafProfile, subject: authorityProfile.subject }, 'the old one is not a CA'],
    [
      'a second too little',
      { notAfter: '2030-01-07T23:59:59Z' },
      'the old one expires 2030-01-07T23:59:59Z, in less than 7 days',
    ],
    ['days enough', { notAfter: '2030-01-08T00:00:00Z' }, undefined],
    ['no days left', { notAfter: '2030-01-01T00:00:00Z' }, 'the old one expired 2030-01-01T00:00:00Z'],
    [
      'its days to come',
      { notBefore: '2030-01-01T00:00:01Z' },
      'the old one is not valid before 2030-01-01T00:00:01Z',
    ],
    ['other usages', { extendedKeyUsage: ['serverAuth'] }, 'CN=test-ca is not for clientAuth'],
  ])('judges an old one with %s', async (_what, change, obstacle) => {
    const { certificate: old } = await issue({ ...authorityProfile, ...change })
    expect(findBridgeObstacle({ ...ask, old })).toBe(obstacle)
  })

  it.each([
    [
      'names that the leaf does not have',
      [...authorityExtensions, nameConstraints([dns('example.org')], [])],
      'CN=old does not permit DNS:leaf.example',
    ],
    [
      'usages of its own',
      [...authorityExtensions, extendedKeyUsage(clientAuth)],
      'CN=old is not for serverAuth',
    ],
    ['usages enough', [...authorityExtensions, extendedKeyUsage(clientAuth, serverAuth)], undefined],
    [
      'no subjectKeyIdentifier',
      [basicConstraints(true), keyUsage(true)],
      'the old one has no subjectKeyIdentifier',
    ],
  ])('judges an old one with %s', (_what, extensions, obstacle) => {
    const old = parseDer(handMade({ subject: commonName('old'), extensions }).der)
    if (typeof old === 'string') throw new Error(old)
    expect(findBridgeObstacle({ ...ask, old })).toBe(obstacle)
  })

  it('sees the authorities between the new one and its leaves', async () => {
    const middle = { ...authorityProfile, subject: [{ type: 'CN', value: 'middle' }] }
    const below = [[leafProfile, middle]] as const
    const { certificate: one } = await issue({ ...authorityProfile, ...lengths(1) })
    expect(findBridgeObstacle({ ...ask, old: one, below })).toMatch(/allows only 0 authorities below it$/)
    const { certificate: two } = await issue({ ...authorityProfile, ...lengths(2) })
    expect(findBridgeObstacle({ ...ask, old: two, below })).toBeUndefined()
  })
})
