import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { toPem } from './hand-made.ts'

export interface Question {
  /** DER, leaf first, root last; one alone is only read. */
  readonly chain: readonly Uint8Array[]
  /** DER. Where it is given, the chain is what is presented, and this is all that is trusted. */
  readonly anchors?: readonly Uint8Array[]
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
    const encode = (ders: readonly Uint8Array[]) => ders.map((der) => Buffer.from(der).toString('base64'))
    const input = questions.map(({ chain, anchors, at = '2030-01-01T00:00:00Z', usages = ['serverAuth'] }) =>
      JSON.stringify({ Chain: encode(chain), Anchors: anchors && encode(anchors), At: at, Usages: usages }),
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

/** Every purpose that OpenSSL has to accept the chain for, as strictly as it can by default; empty: it is content. */
export function verifyWithOpenssl(
  { chain, anchors, at = '2030-01-01T00:00:00Z', usages = ['serverAuth'] }: Question,
  strictness: readonly string[] = ['-x509_strict'],
): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'certwright-openssl-'))
  try {
    const write = (name: string, ders: readonly Uint8Array[]) => {
      const path = join(folder, name)
      writeFileSync(path, ders.map((der) => toPem(der)).join(''))
      return path
    }
    const leaf = write('leaf.pem', chain.slice(0, 1))
    const trusted = write('trusted.pem', anchors ?? chain.slice(-1))
    const sent = anchors ? chain.slice(1) : chain.slice(1, -1)
    const untrusted = sent.length > 0 ? ['-untrusted', write('sent.pem', sent)] : []
    const instant = ['-attime', String(Date.parse(at) / 1000)]
    const purposes: Record<string, string> = { serverAuth: 'sslserver', clientAuth: 'sslclient' }
    return usages.flatMap((usage) => {
      const purpose = ['-purpose', purposes[usage] ?? 'any']
      const options = [...strictness, ...instant, ...purpose, '-CAfile', trusted, ...untrusted, leaf]
      const { status, stderr } = spawnSync('openssl', ['verify', ...options])
      return status === 0 ? [] : [`${usage}: ${stderr.toString()}`]
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
