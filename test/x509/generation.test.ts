import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { DesiredRotation } from '../../src/model/desired.ts'
import { goesBy, isSameAuthority, nextSubject } from '../../src/x509/generation.ts'
import { findSubjectFault } from '../../src/x509/name.ts'
import { authorityProfile, issue } from '../support/issue.ts'

const at = new Date('2026-11-28T05:17:09.123Z')
const subject = [
  { type: 'O', value: 'Example' },
  { type: 'CN', value: 'etcd-ca' },
]
const serialNumber = (value: string) => ({ type: 'serialNumber', value })
const generation = serialNumber('20261128T051709Z')

describe('nextSubject', () => {
  it('adds when the generation was made', () => {
    expect(nextSubject(subject, at)).toEqual([...subject, generation])
    expect(findSubjectFault('serial_number', generation.value)).toBeUndefined()
  })

  it('takes the place of an earlier generation', () => {
    const earlier = [...subject, serialNumber('20160101T000000Z')]
    expect(nextSubject(earlier, at)).toEqual([...subject, generation])
  })

  it.each([
    ['a serial number of another kind', [...subject, serialNumber('4711')]],
    ['an instant before the common name', [serialNumber('20160101T000000Z'), ...subject]],
    ['an instant and nothing else', [serialNumber('20160101T000000Z')]],
  ])('leaves %s what it is', (_what, own) => {
    expect(nextSubject(own, at)).toEqual([...own, generation])
  })

  it('is a name that OpenSSL reads as it was meant', async () => {
    const { certificate } = await issue({ ...authorityProfile, subject: [...nextSubject(subject, at)] })
    expect(certificate.subject).toEqual([...subject, generation])
    const options = ['x509', '-noout', '-subject', '-nameopt', 'RFC2253,show_type']
    const text = execFileSync('openssl', options, { input: certificate.pem }).toString()
    expect(text).toContain('serialNumber=PRINTABLESTRING:20261128T051709Z,CN=UTF8STRING:etcd-ca')
  })
})

describe('isSameAuthority', () => {
  it.each([
    ['two generations', nextSubject(subject, at), nextSubject(subject, new Date(0)), true],
    ['a generation and the policy', nextSubject(subject, at), subject, true],
    ['the policy and a generation', subject, nextSubject(subject, at), true],
    ['another name', nextSubject(subject, at), subject.slice(1), false],
    [
      'another serial number of the policy',
      [...subject, serialNumber('1')],
      [...subject, serialNumber('2')],
      false,
    ],
    ['a serial number that the policy does not want', [...subject, serialNumber('1')], subject, false],
    [
      'a generation with the serial number of the policy',
      [...subject, serialNumber('1'), generation],
      [...subject, serialNumber('1')],
      true,
    ],
    [
      'two names that are an instant and nothing else',
      [generation],
      [serialNumber('20160101T000000Z')],
      false,
    ],
  ])('judges %s', (_what, one, other, verdict) => {
    expect(isSameAuthority(one, other)).toBe(verdict)
  })
})

describe('goesBy', () => {
  const rotation: DesiredRotation = {
    method: 'auto',
    start: 'manual',
    distrust: 'restart',
    overdueSeconds: 1,
  }

  it('takes another generation only of what may have one', () => {
    const name = nextSubject(subject, at)
    expect(goesBy(name, { subject, rotation })).toBe(true)
    expect(goesBy(name, { subject })).toBe(false)
    expect(goesBy(subject, { subject })).toBe(true)
  })
})
