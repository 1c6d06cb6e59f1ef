// A root CA, the one that takes its place, and what each has signed: what may be presented, and trusted.
import type { Certificate } from '../../src/model/certificate.ts'
import type { IssueProfile } from '../../src/model/plan.ts'
import { generatePrivateKey } from '../../src/x509/keys.ts'
import { parseDer } from '../../src/x509/parse.ts'
import {
  authorityExtensions,
  authorityKeyId,
  basicConstraints,
  commonName,
  dns,
  handMade,
  keyUsage,
  leafExtensions,
  nameConstraints,
  subjectKeyId,
} from '../support/hand-made.ts'
import { authorityProfile, type Issued, issue, leafProfile } from '../support/issue.ts'

const named = (value: string, over: Partial<IssueProfile> = {}): IssueProfile => ({
  ...authorityProfile,
  subject: [{ type: 'CN', value }],
  ...over,
})
const limited = (pathLength: number) => ({ basicConstraints: { ca: true, pathLength } })

/** The subject and key of one, signed by another. */
const bridgeTo = (wanted: Issued, by: Issued, over: Partial<IssueProfile> = {}) =>
  issue({ ...wanted.profile, ...over }, { by, key: wanted.key, keyId: wanted.certificate.subjectKeyId })

export const old = await issue(named('old'))
export const next = await issue(named('next'))
export const leaf = (await issue(leafProfile, { by: next })).certificate
export const oldLeaf = (await issue(leafProfile, { by: old })).certificate
export const bridge = (await bridgeTo(next, old)).certificate
export const stranger = (await issue(named('stranger'))).certificate

async function limitedTo(pathLength: number) {
  const root = await issue(named('old', limited(pathLength)))
  return {
    issued: root,
    root: root.certificate,
    bridge: (await bridgeTo(next, root, limited(0))).certificate,
  }
}
export const zero = await limitedTo(0)
export const one = await limitedTo(1)
export const early = await issue(named('old', { notAfter: '2029-12-31T23:59:59Z' }))
export const toTheSecond = await issue(named('old', { notAfter: '2030-01-01T00:00:00Z' }))
export const earlyLeaf = (await issue(leafProfile, { by: early })).certificate
export const lastLeaf = (await issue(leafProfile, { by: toTheSecond })).certificate
export const expiredBridge = (await bridgeTo(next, old, { notAfter: '2029-12-31T23:59:59Z' })).certificate
export const otherKeyId = (await issue(next.profile, { by: old, key: next.key })).certificate
export const mute = (await bridgeTo(next, old, { keyUsage: ['cRLSign'] })).certificate
export const forged = (await issue(leafProfile, { by: { ...next, key: old.key } })).certificate
const renewed = await issue(named('old'))
export const selfIssued = (await bridgeTo(renewed, zero.issued)).certificate
export const renewedLeaf = (await issue(leafProfile, { by: renewed })).certificate
export const middle = await issue(named('middle'), { by: old })
export const underMiddle = (await issue(leafProfile, { by: middle })).certificate
export const rsa = await issue(named('old'), { key: await generatePrivateKey({ type: 'RSA', size: 2048 }) })
export const rsaLeaf = (await issue(leafProfile, { by: rsa })).certificate
export const fromRsa = (await bridgeTo(next, rsa)).certificate

/** Made by hand, for what certwright does not issue. */
export function read({ der }: { der: Buffer }): Certificate {
  const parsed = parseDer(der)
  if (typeof parsed === 'string') throw new Error(parsed)
  return parsed
}
const withId = (id: string) => [basicConstraints(true), keyUsage(true), subjectKeyId(id)]
const leafFor = (id?: string) => [
  ...leafExtensions.slice(0, -1),
  ...(id === undefined ? [] : [authorityKeyId(id)]),
]
const first = handMade({ extensions: withId('first') })
const second = handMade({ extensions: withId('second') })
export const twins = [first, second].map((root) => ({
  root: read(root),
  withKeyId: read(handMade({ extensions: leafFor(root === first ? 'first' : 'second') }, root)),
  without: read(handMade({ extensions: leafFor() }, root)),
}))
export const [twin, otherTwin] = twins as [(typeof twins)[0], (typeof twins)[0]]

export const spelt = handMade({ subject: commonName('ROOT'), extensions: authorityExtensions })
export const constrained = handMade({
  subject: commonName('constrained'),
  extensions: [...authorityExtensions, nameConstraints([dns('example.org')], [])],
})
export const middleKeyed = handMade(
  {
    subject: commonName('middle'),
    extensions: [
      basicConstraints(true),
      keyUsage(true),
      subjectKeyId('middle-id'),
      authorityKeyId('root-id'),
    ],
  },
  constrained,
)
export const speltLeaf = handMade({ issuer: commonName('root') }, spelt)
export const belowConstrained = handMade({ extensions: leafFor('middle-id') }, middleKeyed)
