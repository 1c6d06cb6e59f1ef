import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export interface Question {
  /** DER, leaf first, root last; one alone is only read. */
  readonly chain: readonly Uint8Array[]
  readonly at?: string
  readonly usages?: readonly string[]
}

export interface GoAnswer {
  readonly Error: string
  readonly Names: readonly string[] | null
  readonly NotBefore: string
  readonly NotAfter: string
  readonly Subject: readonly (readonly [string, string])[] | null
  readonly Issuer: readonly (readonly [string, string])[] | null
  readonly Serial: string
  readonly KeyType: string
  readonly KeySize: number
  readonly KeyUsage: number
  readonly IsCA: boolean
  readonly PathLen: number
}

/** Compiled once and asked everything at once. */
export function askGo(questions: readonly Question[]): GoAnswer[] {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-go-'))
  try {
    const program = join(folder, 'judge')
    const env = {
      ...process.env,
      GO111MODULE: 'off',
      GOFLAGS: '',
      GOCACHE: join(folder, 'cache'),
      CGO_ENABLED: '0',
    }
    execFileSync('go', ['build', '-o', program, resolve('test/x509/go/main.go')], { env })
    const input = questions.map(({ chain, at = '2030-01-01T00:00:00Z', usages = ['serverAuth'] }) =>
      JSON.stringify({
        Chain: chain.map((der) => Buffer.from(der).toString('base64')),
        At: at,
        Usages: usages,
      }),
    )
    const output = execFileSync(program, { input: `${input.join('\n')}\n`, maxBuffer: 64 * 1024 * 1024 })
    return output
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as GoAnswer)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export function isReadByOpenssl(der: Uint8Array): boolean {
  return spawnSync('openssl', ['x509', '-inform', 'DER', '-noout'], { input: der }).status === 0
}

/** What `openssl x509` prints of a certificate: serial number, dates, subject. */
export function askOpenssl(der: Uint8Array): string {
  const options = [
    '-noout',
    '-serial',
    '-dates',
    '-dateopt',
    'iso_8601',
    '-subject',
    '-nameopt',
    'sep_multiline,utf8',
  ]
  const { stdout } = spawnSync('openssl', ['x509', '-inform', 'DER', ...options], { input: der })
  return stdout
    .toString()
    .replace(/=( *)(\d+)-/g, (_, pad, year) => `=${year.padStart(pad.length + year.length, '0')}-`)
}

/** Every purpose that OpenSSL has to accept the chain for, as strictly as it can; empty: it is content. */
export function verifyWithOpenssl({
  chain,
  at = '2030-01-01T00:00:00Z',
  usages = ['serverAuth'],
}: Question): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-openssl-'))
  try {
    const paths = chain.map((der, index) => {
      const path = join(folder, `${index}.pem`)
      const base64 = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n')
      writeFileSync(path, `-----BEGIN CERTIFICATE-----\n${base64.trimEnd()}\n-----END CERTIFICATE-----\n`)
      return path
    })
    const untrusted = paths.slice(1, -1).flatMap((path) => ['-untrusted', path])
    const purposes: Record<string, string> = { serverAuth: 'sslserver', clientAuth: 'sslclient' }
    return usages.flatMap((usage) => {
      const { status, stderr } = spawnSync('openssl', [
        'verify',
        '-x509_strict',
        '-attime',
        String(Date.parse(at) / 1000),
        '-purpose',
        purposes[usage] ?? 'any',
        '-CAfile',
        paths.at(-1) ?? '',
        ...untrusted,
        paths[0] ?? '',
      ])
      return status === 0 ? [] : [`${usage}: ${stderr.toString()}`]
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
