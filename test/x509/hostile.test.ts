import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describePublicKey, parsePrivateKey } from '../../src/x509/keys.ts'
import { parseCertificates, parseDer } from '../../src/x509/parse.ts'
import { parsePublicKey } from '../../src/x509/public-key.ts'
import { askGo } from '../support/consumers.ts'
import { der, integer, nothing, octets, oid, sequence } from '../support/der.ts'
import { handMade, toPem } from '../support/hand-made.ts'
import { malformed, unusual } from './malformed.ts'

/** The same bytes every time: what is found once is found again. */
const seed = 20_261_124

const certificates = unusual.map(([, parts]) => handMade(parts).der)
const keys = [
  generateKeyPairSync('rsa', { modulusLength: 1024 }),
  generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  generateKeyPairSync('ed25519'),
]

/** One or two bytes changed, some taken out, or the end cut off. */
function mutations(originals: readonly Buffer[]): fc.Arbitrary<Buffer> {
  return fc.constantFrom(...originals).chain((original) =>
    fc
      .record({
        changes: fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 2 }),
        cut: fc.option(fc.tuple(fc.nat(original.length), fc.nat(8)), { freq: 5 }),
      })
      .map(({ changes, cut }) => {
        const copy = Buffer.from(original)
        for (const [at, value] of changes) copy[at] = value
        return cut ? Buffer.concat([copy.subarray(0, cut[0]), copy.subarray(cut[0] + cut[1])]) : copy
      }),
  )
}

describe('a mutated certificate', () => {
  it('is read or refused, never anything else, and never read where Go refuses it', () => {
    const samples = fc.sample(mutations(certificates), { numRuns: 3000, seed })
    const verdicts = samples.map((sample) => parseDer(sample))
    const answers = askGo(samples.map((sample) => ({ chain: [sample] })))
    const laxer = samples.flatMap((sample, index) =>
      typeof verdicts[index] !== 'string' && answers[index]?.Error
        ? [`${answers[index]?.Error}: ${sample.toString('base64')}`]
        : [],
    )
    expect(laxer).toEqual([])
    expect(verdicts.filter((verdict) => typeof verdict !== 'string').length).toBeGreaterThan(200)
  })
})

describe('a mutated key', () => {
  it('is a key or none, public', () => {
    const originals = keys.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'der' }))
    fc.assert(
      fc.property(fc.oneof(mutations(originals), fc.uint8Array({ maxLength: 200 })), (bytes) => {
        expect(['public-key', 'not-a-key']).toContain(parsePublicKey(bytes).kind)
        expect(describePublicKey(bytes).spkiSha256).toMatch(/^[0-9a-f]{64}$/)
      }),
      { numRuns: 1500, seed },
    )
  })

  it('is a key or none, private', () => {
    const originals = keys.map(({ privateKey }) => privateKey.export({ type: 'pkcs8', format: 'der' }))
    fc.assert(
      fc.property(mutations(originals), (bytes) => {
        const parsed = parsePrivateKey(Buffer.from(toPem(bytes, 'PRIVATE KEY')))
        expect(['private-key', 'unreadable']).toContain(parsed.kind)
      }),
      { numRuns: 600, seed },
    )
  })
})

describe('mutated PEM', () => {
  it('is read or refused', () => {
    const text = Buffer.from(
      certificates
        .slice(0, 3)
        .map((each) => toPem(each))
        .join('subject=x\n'),
    )
    const pieces = fc.array(
      fc.constantFrom(
        '-----BEGIN CERTIFICATE-----\n',
        '-----END CERTIFICATE-----\n',
        '\n',
        ':',
        '=',
        '\r\n',
        '-----',
        ' ',
        '\0',
      ),
    )
    fc.assert(
      fc.property(mutations([text]), pieces, fc.nat(text.length), (bytes, more, at) => {
        const mixed = Buffer.concat([bytes.subarray(0, at), Buffer.from(more.join('')), bytes.subarray(at)])
        expect(['certificates', 'not-a-certificate']).toContain(parseCertificates(mixed).kind)
        expect(['private-key', 'unreadable']).toContain(parsePrivateKey(mixed).kind)
      }),
      { numRuns: 500, seed },
    )
  })
})

/** Parsed by a process of its own: what aborts there says so by its signal, and the test goes on. */
async function parseElsewhere(call: string): Promise<string> {
  const program = `
    import { parseDer } from './src/x509/parse.ts'
    import { parsePrivateKey, describePublicKey } from './src/x509/keys.ts'
    const result = ${call}
    console.log(typeof result === 'string' ? result : result.detail ?? result.type)`
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    program,
  ])
  return stdout.trim()
}

describe('what Node aborts on, when it is asked for the details of the key', () => {
  const negative = malformed.filter(({ what }) => /^a negative DSA/.test(what))

  it.each(negative.map(({ what, parts, detail }) => [what, handMade(parts).der, detail] as const))(
    '%s in a certificate is refused',
    async (_what, bytes, detail) => {
      const said = await parseElsewhere(`parseDer(Buffer.from('${bytes.toString('base64')}', 'base64'))`)
      expect(said).toContain(detail)
    },
  )

  it.each([
    ['without a private number', 'MA0CAAQAoAcGBSuBBAAk'],
    [
      'on a binary curve',
      sequence(integer(1), octets(Buffer.of(1)), der(0xa0, oid('1.3.132.0.36'))).toString('base64'),
    ],
  ])('an EC PRIVATE KEY %s is refused', async (_what, base64) => {
    const pem = `-----BEGIN EC PRIVATE KEY-----\\n${base64}\\n-----END EC PRIVATE KEY-----\\n`
    expect(await parseElsewhere(`parsePrivateKey(Buffer.from('${pem}'))`)).toMatch(
      /^holds a private key that /,
    )
  })

  it('the public half of one reads as another kind of key', async () => {
    const spki = 'MBYwEAYHKoZIzj0CAQYFK4EEACQDAgAA'
    expect(await parseElsewhere(`describePublicKey(Buffer.from('${spki}', 'base64'))`)).toBe('other')
  })
})

describe('the work that a stranger can make', () => {
  const soon = (work: () => unknown) => {
    const started = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(started)
    return (user + system) / 1000
  }

  it.each([
    ['first lines', '-----BEGIN CERTIFICATE-----\n'],
    ['first lines that go on', '-----BEGIN CERTIFICATE-----'],
    ['blocks without content', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
    ['blocks of another kind', '-----BEGIN X-----\n-----END X-----\n'],
    ['blanks', ' '],
    ['headers', 'A: b\n'],
  ])('is linear for a megabyte of %s', (_what, piece) => {
    const hostile = Buffer.from(piece.repeat(Math.floor((1024 * 1024) / piece.length)))
    const opened = Buffer.concat([Buffer.from('-----BEGIN CERTIFICATE-----\n'), hostile]).subarray(
      0,
      1024 * 1024,
    )
    expect(
      soon(() => [parseCertificates(hostile), parsePrivateKey(hostile), parseCertificates(opened)]),
    ).toBeLessThan(2000)
  })

  it('ends before it begins for more than a megabyte', () => {
    const hostile = Buffer.from('-----BEGIN CERTIFICATE-----\n'.repeat(150_000))
    expect(parseCertificates(hostile)).toEqual({ kind: 'not-a-certificate', detail: 'is larger than 1 MiB' })
  })

  it('is bounded where a key says how often to hash its passphrase', () => {
    const derivation = sequence(
      oid('1.2.840.113549.1.5.12'),
      sequence(octets(Buffer.alloc(8)), integer(0x7f, 0xff, 0xff, 0xff)),
    )
    const cipher = sequence(oid('2.16.840.1.101.3.4.1.42'), octets(Buffer.alloc(16)))
    const slow = sequence(
      sequence(oid('1.2.840.113549.1.5.13'), sequence(derivation, cipher)),
      octets(Buffer.alloc(64)),
    )
    const parsed = parsePrivateKey(Buffer.from(toPem(slow, 'ENCRYPTED PRIVATE KEY')), 'secret')
    expect(parsed).toMatchObject({ problem: 'not-a-key', detail: expect.stringContaining('takes too long') })
  })

  it('is bounded in the size of an RSA key', () => {
    const modulus = integer(...Array(2500).fill(0x7f))
    const numbers = sequence(integer(0), modulus, integer(3), ...Array.from({ length: 6 }, () => integer(1)))
    const rsa = sequence(integer(0), sequence(oid('1.2.840.113549.1.1.1'), nothing()), octets(numbers))
    expect(parsePrivateKey(Buffer.from(toPem(rsa, 'PRIVATE KEY')))).toMatchObject({ problem: 'not-a-key' })
  })
})
