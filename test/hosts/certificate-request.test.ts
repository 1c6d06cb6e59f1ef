import { describe, expect, it } from 'vitest'
import { readTrust } from '../../src/hosts/certificate-request.ts'

/** A message as `openssl s_client -msg` prints it. */
function print(version: string, bytes: readonly number[], comma = ','): string {
  const rows = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, row) =>
    bytes.slice(row * 16, row * 16 + 16).map((each) => each.toString(16).padStart(2, '0')),
  )
  const title = `<<< TLS ${version}${comma} Handshake [length ${bytes.length.toString(16).padStart(4, '0')}], Some`
  return [title, ...rows.map((row) => `    ${row.join(' ')}`), ''].join('\n')
}

const message = (type: number, body: readonly number[]) => [type, ...number(body.length, 3), ...body]
const number = (value: number, octets: number) =>
  Array.from({ length: octets }, (_, index) => (value >> (8 * (octets - 1 - index))) & 0xff)
const vector = (octets: number, content: readonly number[]) => [...number(content.length, octets), ...content]

const name = [0x30, 0x0e, 0x31, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x03, 0x6f, 0x6e, 0x65]
const empty = [0x30, 0x00]
const hex = (bytes: readonly number[]) => Buffer.from(bytes).toString('hex')
const named = (...names: readonly number[][]) => ({ kind: 'named', names: names.map(hex) })
const malformed = { kind: 'failed', detail: expect.stringContaining('malformed') }

const list = (...names: readonly (readonly number[])[]) =>
  vector(
    2,
    names.flatMap((each) => vector(2, each)),
  )
const old = (authorities: readonly number[]) =>
  message(13, [...vector(1, [1, 64]), ...vector(2, [4, 3]), ...authorities])
const recent = (...extensions: readonly (readonly number[])[]) =>
  message(13, [...vector(1, []), ...vector(2, extensions.flat())])
const extension = (type: number, content: readonly number[]) => [...number(type, 2), ...vector(2, content)]
const authorities = (...names: readonly (readonly number[])[]) => extension(47, list(...names))
const algorithms = extension(13, vector(2, [4, 3]))

describe('whom a server names is read', () => {
  it.each([
    ['TLS 1.2', '1.2', old(list(name, empty)), named(name, empty)],
    ['TLS 1.2, of nobody', '1.2', old(list()), named()],
    ['TLS 1.3', '1.3', recent(algorithms, authorities(name)), named(name)],
    ['TLS 1.3, of nobody', '1.3', recent(algorithms), named()],
    ['TLS 1.0, which has no algorithms', '1.0', message(13, [...vector(1, [1]), ...list(name)]), named(name)],
    [
      'many more than fit on a line',
      '1.2',
      old(list(...Array(300).fill(name))),
      named(...Array(300).fill(name)),
    ],
  ])('from %s', (_what, version, bytes, expected) => {
    const server = print(version, message(2, [3, 3]))
    const finished = print(version, message(20, [1, 2, 3]))
    expect(readTrust(server + print(version, bytes) + finished)).toEqual(expected)
    // As OpenSSL before 3.0 prints it, and without what would have followed.
    expect(readTrust(print(version, bytes, ''))).toEqual(expected)
  })

  it('as nobody asked when the handshake has come to where they would have been named', () => {
    expect(readTrust(print('1.2', message(11, [0])) + print('1.2', message(14, [])))).toEqual({
      kind: 'indifferent',
    })
    expect(readTrust(print('1.3', message(20, [1])))).toEqual({ kind: 'indifferent' })
  })

  it.each([
    ['nothing', ''],
    ['a server that says hello only', print('1.3', message(2, [3, 3]))],
    ['what we sent ourselves', print('1.2', old(list(name))).replace('<<<', '>>>')],
    ['what is no handshake', print('1.2', old(list(name))).replace('Handshake', 'Alert')],
    ['a title without bytes', '<<< TLS 1.2, Handshake [length 0074], CertificateRequest\n'],
  ])('as unknown from %s', (_what, printed) => {
    expect(readTrust(printed)).toBeUndefined()
  })

  const cut = (bytes: readonly number[]) => bytes.slice(0, -1)
  it.each([
    ['is cut', '1.2', cut(old(list(name)))],
    ['is empty', '1.2', message(13, [])],
    ['is its type alone', '1.2', [13]],
    ['says another length', '1.2', [...old(list(name)), 0]],
    ['has a list that is longer than it', '1.2', old([0xff, 0xff])],
    ['has something behind its list', '1.2', old([...list(name), 0])],
    ['has a name that is longer than the list', '1.2', old(vector(2, [0xff, 0xff, 0x30]))],
    ['has a name of no length', '1.2', old(list([]))],
    ['has a name that is no DER', '1.2', old(list(name, [0x30, 0x80, 0x00, 0x00]))],
    ['has a name that is another type', '1.2', old(list([0x02, 0x01, 0x00]))],
    ['has a name with something behind it', '1.2', old(list([...name, 0x00]))],
    ['is of another version than it says', '1.3', old(list(name))],
    ['has an extension that is cut', '1.3', message(13, [...vector(1, []), ...vector(2, [0, 47, 0])])],
    ['names them twice', '1.3', recent(authorities(name), authorities(name))],
    ['has something behind the names of an extension', '1.3', recent(extension(47, [...list(name), 0]))],
    ['has something behind its extensions', '1.3', message(13, [...vector(1, []), ...vector(2, []), 0])],
  ])('as not to be read from what %s', (_what, version, bytes) => {
    expect(readTrust(print(version, bytes))).toEqual(malformed)
  })

  it('in no time from a mebibyte of anything, and nothing is thrown', () => {
    const began = performance.now()
    const title = '<<< TLS 1.2, Handshake [length 0074], CertificateRequest\n'
    for (const part of ['    0d 00', '<<< TLS 1.', title, '    0d ff ff ff\n', '\n', `${title}    0d\n`])
      expect(readTrust(title + part.repeat((1024 * 1024) / part.length))?.kind).not.toBe('named')
    expect(performance.now() - began).toBeLessThan(5000)
  })
})
