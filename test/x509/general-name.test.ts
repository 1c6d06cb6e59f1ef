import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressToBytes, bytesToAddress, parseGeneralName } from '../../src/x509/general-name.ts'

describe('parseGeneralName', () => {
  it.each([
    ['DNS:Etcd.Example', 'DNS:etcd.example'],
    ['dns:a', 'DNS:a'],
    ['DNS:*.example', 'DNS:*.example'],
    ['IP:192.168.0.1', 'IP:192.168.0.1'],
    ['IP:2001:DB8:0:0:0:0:0:1', 'IP:2001:db8::1'],
    ['IP:0:0:0:0:0:0:0:1', 'IP:::1'],
    ['URI:https://example.com/x', 'URI:https://example.com/x'],
    ['email:Ops@Example.COM', 'email:Ops@example.com'],
  ])('%s is %s', (text, canonical) => {
    expect(parseGeneralName(text)).toEqual({ kind: 'general-name', canonical })
  })

  it.each([
    ['127.0.0.1', 'write "IP:127.0.0.1"'],
    ['etcd.example', 'write "DNS:etcd.example", or IP:, URI:, email:'],
    ['DNS:10.0.0.1', 'write "IP:10.0.0.1"'],
    ['DNS:bücher.example', 'write it in its ASCII form: "DNS:xn--bcher-kva.example"'],
    ['DNS:a.*.example', '* may only be the whole first label'],
    ['IP:10.0.0.0/8', 'a certificate holds addresses, not networks'],
    ['URI:example.com', 'write it with its scheme: "URI:https://…"'],
  ])('%s is refused with a hint', (text, hint) => {
    expect(parseGeneralName(text)).toMatchObject({ kind: 'error', hint })
  })

  it.each([
    'DNS:',
    'DNS:-a',
    'DNS:a b',
    'DNS:a\0b',
    `DNS:${'a'.repeat(64)}`,
    'IP:300.1.1.1',
    'IP:fe80::1%eth0',
    'email:nobody',
    '',
  ])('%j is refused', (text) => {
    expect(parseGeneralName(text).kind).toBe('error')
  })

  it('is its own canonical form', () => {
    const names = fc.oneof(
      fc.domain().map((name) => `DNS:${name}`),
      fc.ipV4().map((ip) => `IP:${ip}`),
      fc.ipV6().map((ip) => `IP:${ip}`),
    )
    fc.assert(
      fc.property(names, (text) => {
        const once = parseGeneralName(text)
        if (once.kind === 'general-name') expect(parseGeneralName(once.canonical)).toEqual(once)
      }),
    )
  })
})

it('addresses survive being written as bytes', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (ip) => {
      const parsed = parseGeneralName(`IP:${ip}`)
      if (parsed.kind === 'general-name')
        expect(`IP:${bytesToAddress(addressToBytes(ip))}`).toBe(parsed.canonical)
    }),
  )
})
