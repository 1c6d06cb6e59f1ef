import { beforeAll, describe, expect, it } from 'vitest'
import type { Certificate } from '../../src/model/certificate.ts'
import { findAskedName, findServerName, isAskedName } from '../../src/x509/asked-name.ts'
import { findServedFaults } from '../../src/x509/served.ts'
import { authorityProfile, issue, leafProfile } from '../support/issue.ts'

const named = (profile: typeof authorityProfile, value: string) => ({
  ...profile,
  subject: [{ type: 'CN', value }],
})

let root: Certificate
let upper: Certificate
let lower: Certificate
let lowerAgain: Certificate
let stranger: Certificate
let leaf: Certificate
let other: Certificate
beforeAll(async () => {
  const top = await issue(named(authorityProfile, 'root'))
  const middle = await issue(named(authorityProfile, 'upper'), { by: top })
  const last = await issue(named(authorityProfile, 'lower'), { by: middle })
  const again = await issue(
    { ...last.profile, notAfter: '2030-01-01T00:00:00Z' },
    { by: middle, key: last.key },
  )
  root = top.certificate
  upper = middle.certificate
  lower = last.certificate
  // As authorities do that know one key identifier a key, and not one a generation.
  lowerAgain = { ...again.certificate, subjectKeyId: lower.subjectKeyId ?? '' }
  stranger = (await issue(named(authorityProfile, 'stranger'))).certificate
  leaf = (await issue(leafProfile, { by: last })).certificate
  other = (await issue(leafProfile, { by: last })).certificate
})

describe('what is served', () => {
  const chains: Record<string, () => [Certificate, ...Certificate[]]> = {
    leaf: () => [leaf],
    'another leaf': () => [other, lower, upper],
    'leaf, lower': () => [leaf, lower],
    'leaf, lower, upper': () => [leaf, lower, upper],
    'leaf, upper, lower': () => [leaf, upper, lower],
    'leaf, lower, upper, root': () => [leaf, lower, upper, root],
    'leaf, stranger, lower, upper': () => [leaf, stranger, lower, upper],
    'leaf, lower of before, upper': () => [leaf, lowerAgain, upper],
  }
  const judge = (served: string, file: string) => {
    const [a, b] = [chains[served]?.(), chains[file]?.()]
    if (!a || !b) throw new Error('no such chain')
    return findServedFaults({ served: a, file: b }).map(({ kind }) => kind)
  }

  it.each([
    ['leaf', 'leaf'],
    ['leaf, lower, upper', 'leaf, lower, upper'],
    ['leaf, lower, upper, root', 'leaf, lower, upper'],
    ['leaf, lower, upper', 'leaf, lower, upper, root'],
    ['leaf, stranger, lower, upper', 'leaf, lower, upper'],
    ['leaf, upper, lower', 'leaf, lower, upper'],
    ['leaf, lower, upper', 'leaf'],
  ])('as "%s" is, to a client, what the file has as "%s"', (served, file) => {
    expect(judge(served, file)).toEqual([])
  })

  it.each([
    ['another leaf', 'leaf, lower, upper', 'other-certificate'],
    ['leaf', 'leaf, lower', 'other-chain'],
    ['leaf, lower', 'leaf, lower, upper', 'other-chain'],
    ['leaf, lower, upper', 'leaf, lower', 'other-chain'],
    ['leaf, lower of before, upper', 'leaf, lower, upper', 'other-chain'],
  ])('as "%s" is not what the file has as "%s": %s', (served, file, code) => {
    expect(judge(served, file)).toEqual([code])
  })

  it('is called by the fingerprints of both', () => {
    const [fault] = findServedFaults({ served: [leaf, lowerAgain], file: [leaf, lower] })
    const short = ({ fingerprint }: Certificate) => `sha256:${fingerprint.slice(0, 8)}…`
    expect(fault?.message).toBe(
      `serves another chain: after ${short(leaf)} comes ${short(lowerAgain)}, on disk ${short(lower)}`,
    )
  })

  it.each([
    ['2025-12-31T23:59:59Z', ['not-yet-valid', 'not-yet-valid']],
    ['2026-01-01T00:00:00Z', []],
    ['2030-01-01T00:00:00Z', []],
    ['2030-01-01T00:00:01Z', ['expired']],
    ['2036-01-01T00:00:01Z', ['expired', 'expired']],
  ])('is judged with its chain as a client would at %s: %j', (at, codes) => {
    const chain: [Certificate, Certificate] = [leaf, lowerAgain]
    const asked = { name: '127.0.0.1', at: new Date(at) }
    expect(findServedFaults({ served: chain, file: chain, asked }).map(({ kind }) => kind)).toEqual(codes)
  })

  it('is of no use to a client that asks for another name, and both are told', () => {
    const asked = { name: 'elsewhere.example', at: new Date('2027-01-01') }
    expect(findServedFaults({ served: [leaf], file: [leaf], asked })).toEqual([
      {
        kind: 'other-name',
        message:
          'serves a certificate for DNS:leaf.example, IP:127.0.0.1, and was asked as elsewhere.example (server_name says which name to ask for)',
      },
    ])
  })
})

describe('a server certificate', () => {
  it.each([
    [[], []],
    [['clientAuth', 'serverAuth'], []],
    [['clientAuth'], ['other-purpose']],
  ])('for %j is what clients want of a server, or not: %j', (extendedKeyUsage, codes) => {
    const served: [Certificate] = [{ ...leaf, extendedKeyUsage }]
    const asked = { at: new Date('2027-01-01') }
    expect(findServedFaults({ served, file: served, asked }).map(({ kind }) => kind)).toEqual(codes)
  })
})

describe('clients of a service are known to ask for', () => {
  it.each([
    [{ hostname: 'etcd.example' }, 'etcd.example'],
    [{ hostname: '10.0.0.1' }, '10.0.0.1'],
    [{ hostname: 'fd00::1' }, 'fd00::1'],
    [{ hostname: 'localhost.example' }, 'localhost.example'],
    [{ hostname: '127.0.0.1', serverName: 'etcd.example' }, 'etcd.example'],
    [{ hostname: '10.0.0.1', serverName: 'localhost' }, 'localhost'],
    [{ hostname: '127.0.0.1' }, undefined],
    [{ hostname: '127.8.8.8' }, undefined],
    [{ hostname: '::1' }, undefined],
    [{ hostname: 'LocalHost.' }, undefined],
  ])('the name of the probe, else the host probed, if that is one for others: %j, %s', (probe, name) => {
    expect(findAskedName(probe)).toBe(name)
  })

  it('no name at all, and the certificate is judged by the rest', () => {
    const asked = { at: new Date('2040-01-01') }
    expect(findServedFaults({ served: [leaf], file: [leaf], asked }).map(({ kind }) => kind)).toEqual([
      'expired',
    ])
  })
})

describe('as server name is sent', () => {
  it.each([
    [{ hostname: 'a.example' }, 'a.example'],
    [{ hostname: '10.0.0.1', serverName: 'b.example' }, 'b.example'],
    [{ hostname: 'a.example', serverName: '10.0.0.1' }, 'a.example'],
    [{ hostname: '::1', serverName: '10.0.0.1' }, undefined],
  ])('of %j the first that is no address: %s', (asking, name) => {
    expect(findServerName(asking)).toBe(name)
  })
})

describe('a client that asks for', () => {
  const held = [
    'DNS:Etcd.Example',
    'DNS:*.etcd.example',
    'IP:10.0.0.1',
    'IP:fd00::1',
    'DNS:10.0.0.9',
    'DNS:*.local',
  ]
  it.each([
    ['etcd.example', true],
    ['ETCD.example.', true],
    ['a.etcd.example', true],
    ['a.b.etcd.example', false],
    ['example', false],
    ['10.0.0.1', true],
    ['10.0.0.9', false],
    ['n1.local', false],
    ['fd00:0:0::1', true],
    ['fd00::2', false],
    ['', false],
    ['no name', false],
  ])('"%s" takes the certificate: %s', (name, taken) => {
    expect(isAskedName({ ...leaf, subjectAltName: held }, name)).toBe(taken)
  })

  it('the subject takes no certificate without alternative names', () => {
    expect(isAskedName({ ...leaf, subjectAltName: [] }, 'leaf')).toBe(false)
  })
})
