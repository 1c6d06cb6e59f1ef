import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCertificates } from '../../src/x509/parse.ts'
import { authorityProfile, issue, leafProfile } from '../support/issue.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

describe('parseCertificates', () => {
  it('reads a chain in the order of its file, past text between the blocks', async () => {
    const root = await issue(authorityProfile)
    const leaf = await issue(leafProfile, { by: root })
    const text = `Certificate:\n    Data:\n${leaf.certificate.pem}subject=CN = test-ca\n${root.certificate.pem}`
    expect(parseCertificates(bytes(text))).toEqual({
      kind: 'certificates',
      certificates: [leaf.certificate, root.certificate],
    })
  })

  it('refuses what Go refuses, and says what it is', async () => {
    const { certificate } = await issue(authorityProfile)
    const body = certificate.pem.split('\n').slice(1, -2).join('')
    const padded = Buffer.concat([Buffer.from(body, 'base64'), Buffer.from('extra')]).toString('base64')
    const cases: [string, string][] = [
      ['', 'is empty'],
      ['   \n', 'is empty'],
      ['hello', 'holds no PEM certificate'],
      [`\xef\xbb\xbf${certificate.pem}`, 'starts with a byte-order mark'],
      [`-----BEGIN CERTIFICATE-----\n${padded}\n-----END CERTIFICATE-----\n`, 'is followed by other bytes'],
      ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'cannot be read'],
      [certificate.pem.repeat(65), 'holds 65 certificates'],
      [` ${certificate.pem}`, 'holds no PEM certificate'],
      [certificate.pem.replace('\n', '\nA: b\n\n'), 'has headers'],
      [certificate.pem.replace('\n-----END', '\n\n-----END'), 'is no base64'],
      [certificate.pem.replace('-----END CERTIFICATE', '-----END X509 CERTIFICATE'), 'ends as another'],
      [certificate.pem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'), 'TRUSTED CERTIFICATE'],
      [`${certificate.pem}-----BEGIN CERTIFICATE-----\n`, 'without an end'],
    ]
    for (const [text, detail] of cases)
      expect(parseCertificates(bytes(text))).toEqual({
        kind: 'not-a-certificate',
        detail: expect.stringContaining(detail),
      })
  })

  it('never throws, whatever bytes stand in the certificate', async () => {
    const { certificate } = await issue(leafProfile)
    const der = Buffer.from(certificate.pem.split('\n').slice(1, -2).join(''), 'base64')
    const damaged = fc
      .tuple(fc.nat(der.length - 1), fc.nat(255), fc.nat(der.length))
      .map(([at, value, length]) => {
        const copy = Buffer.from(der)
        copy[at] = value
        return copy.subarray(0, length)
      })
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 300 })), (body) => {
        const text = `-----BEGIN CERTIFICATE-----\n${Buffer.from(body).toString('base64')}\n-----END CERTIFICATE-----\n`
        expect(['certificates', 'not-a-certificate']).toContain(parseCertificates(bytes(text)).kind)
      }),
      { numRuns: 500 },
    )
  })
})
