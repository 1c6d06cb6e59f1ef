import { describe, expect, it } from 'vitest'
import type { Certificate } from '../../src/model/certificate.ts'
import { attributeOids, keyUsageBits } from '../../src/x509/oids.ts'
import { parseDer } from '../../src/x509/parse.ts'
import { findChainFaults } from '../../src/x509/verify.ts'
import { askGo, askOpenssl, type GoAnswer, isReadByOpenssl, verifyWithOpenssl } from '../support/consumers.ts'
import { handMade } from '../support/hand-made.ts'
import { chains } from './chains.ts'
import { malformed, unusual } from './malformed.ts'

const bad = malformed.map((each) => ({ ...each, der: handMade(each.parts).der }))
const rare = unusual.map(([what, parts]) => ({ what, der: handMade(parts).der }))
const answers = askGo([...bad, ...rare].map(({ der }) => ({ chain: [der] })))

describe('what Go or OpenSSL cannot read is refused', () => {
  it.each(bad.map((each, index) => ({ ...each, go: answers[index] })))(
    '$what',
    ({ der, detail, refusedBy, go }) => {
      const refusing = [...(go?.Error ? ['go'] : []), ...(isReadByOpenssl(der) ? [] : ['openssl'])]
      expect(refusing, go?.Error).toEqual(refusedBy)
      expect(parseDer(der)).toEqual(expect.stringContaining(detail))
    },
  )
})

describe('what both can read reads the same', () => {
  it.each(rare.map((each, index) => ({ ...each, go: answers[bad.length + index] })))(
    '$what',
    ({ der, go }) => {
      const certificate = parseDer(der)
      if (typeof certificate === 'string' || !go) throw new Error(String(certificate))
      expect(go.Error).toBe('')
      expect(asGo(certificate)).toEqual(withoutGaps(go, certificate))
      const text = askOpenssl(der)
      const iso = (time: string) => time.replace('T', ' ')
      expect(text).toContain(`notBefore=${iso(certificate.notBefore)}`)
      expect(text).toContain(`notAfter=${iso(certificate.notAfter)}`)
      expect(text.toLowerCase()).toContain(`serial=${certificate.serial}`)
      for (const { type, value } of certificate.subject) expect(text).toMatch(`${type}=${value}`)
    },
  )
})

/** The same facts in Go's words. */
function asGo(certificate: Certificate): Partial<GoAnswer> {
  const { publicKey, keyUsage, basicConstraints, subjectAltName, notBefore, notAfter } = certificate
  const name = (attributes: Certificate['subject']) =>
    attributes.map(({ type, value }): [string, string] => [attributeOids[type] ?? type, value])
  return {
    Names: [...subjectAltName].sort(),
    NotBefore: notBefore,
    NotAfter: notAfter,
    Subject: name(certificate.subject),
    Issuer: name(certificate.issuer),
    Serial: certificate.serial.replace(/^00$/, ''),
    KeyType: publicKey.type,
    KeySize: publicKey.size,
    KeyUsage: keyUsage.reduce(
      (sum, usage) => sum + 2 ** (keyUsageBits as readonly string[]).indexOf(usage),
      0,
    ),
    IsCA: basicConstraints.ca,
    PathLen: basicConstraints.pathLength ?? -1,
  }
}

/** Go says nothing of keys that it does not know, calls P-224 by its family, and knows no path length without basicConstraints. */
function withoutGaps({ Error: _error, ...go }: GoAnswer, { publicKey }: Certificate): Partial<GoAnswer> {
  const key = publicKey.type === 'other' ? { KeyType: 'other', KeySize: publicKey.size } : {}
  const pathLength = go.IsCA ? {} : { PathLen: -1 }
  return {
    ...go,
    ...key,
    ...pathLength,
    Names: [...(go.Names ?? [])].sort(),
    Subject: go.Subject ?? [],
    Issuer: go.Issuer ?? [],
  }
}

const usages = ['serverAuth', 'clientAuth']
const questions = chains.map(({ path }) => ({ chain: path.map(({ der }) => der), usages }))
const verdicts = askGo(questions)

describe('a chain that Go or OpenSSL refuses is called wrong', () => {
  it.each(chains.map((each, index) => ({ ...each, index })))('$what', ({ path, refusedBy, fault, index }) => {
    const question = questions[index] ?? { chain: [] }
    const refusals = { go: verdicts[index]?.Error ?? '', openssl: verifyWithOpenssl(question).join() }
    const refusing = Object.entries(refusals).flatMap(([who, refusal]) => (refusal === '' ? [] : [who]))
    expect(refusing, JSON.stringify(refusals)).toEqual(refusedBy)
    const [leaf, ...above] = path.map(({ der }) => parseDer(der)).filter((each) => typeof each !== 'string')
    if (!leaf || above.length !== path.length - 1)
      throw new Error('a certificate of the chain cannot be read')
    const faults = findChainFaults([leaf, ...above]).join('; ')
    if (fault === undefined) expect(faults).toBe('')
    else expect(faults).toContain(fault)
  })
})
