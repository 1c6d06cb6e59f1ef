import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { encodePrivateKey, generatePrivateKey, parsePrivateKey } from '../../src/x509/keys.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
const pem = (text: string | Buffer) => Buffer.from(text)

describe('parsePrivateKey', () => {
  it.each([
    ['PKCS#8', rsa.export({ type: 'pkcs8', format: 'pem' }), 'RSA', 2048],
    ['PKCS#1', rsa.export({ type: 'pkcs1', format: 'pem' }), 'RSA', 2048],
    ['SEC 1', ec.export({ type: 'sec1', format: 'pem' }), 'ECDSA', 384],
  ])('reads %s', (_form, text, type, size) => {
    expect(parsePrivateKey(pem(text))).toMatchObject({
      kind: 'private-key',
      encrypted: false,
      publicKey: { type, size },
    })
  })

  it.each([
    ['PKCS#8', rsa.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' })],
    ['PKCS#1', rsa.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' })],
  ])('opens encrypted %s with its passphrase only', (_form, text) => {
    expect(parsePrivateKey(pem(text))).toMatchObject({ kind: 'unreadable', problem: 'passphrase-missing' })
    expect(parsePrivateKey(pem(text), 'wrong')).toMatchObject({
      kind: 'unreadable',
      problem: 'passphrase-wrong',
    })
    expect(parsePrivateKey(pem(text), 'right')).toMatchObject({ kind: 'private-key', encrypted: true })
  })

  it.each([
    ['nothing', '', 'is empty'],
    ['text', 'hello', 'holds no PEM private key'],
    [
      'two keys',
      `${rsa.export({ type: 'pkcs8', format: 'pem' })}${ec.export({ type: 'pkcs8', format: 'pem' })}`,
      'holds 2 private keys',
    ],
    [
      'a broken key',
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
      'holds a private key that cannot be read',
    ],
    [
      'a broken key, whatever the passphrase',
      '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n',
      'holds a private key that cannot be read',
    ],
  ])('calls %s what it is', (_what, text, detail) => {
    expect(parsePrivateKey(pem(text), 'any')).toEqual({ kind: 'unreadable', problem: 'not-a-key', detail })
  })
})

it.each([
  ['RSA', 3072],
  ['ECDSA', 521],
  ['Ed25519', 256],
] as const)('a generated %s %d key survives being written and read', async (type, size) => {
  const key = await generatePrivateKey({ type, size })
  expect(parsePrivateKey(encodePrivateKey(key))).toMatchObject({ publicKey: { type, size } })
  const encrypted = encodePrivateKey(key, 'secret')
  expect(Buffer.from(encrypted).toString()).toContain('BEGIN ENCRYPTED PRIVATE KEY')
  expect(parsePrivateKey(encrypted, 'secret')).toMatchObject({ publicKey: { type, size } })
})
