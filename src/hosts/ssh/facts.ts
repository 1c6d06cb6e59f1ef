// Records that the agent printed → facts. Pure.
import { createHash } from 'node:crypto'
import type { CertificateFact, FileStat, PrivateKeyFact, ProbeFact, Unreadable } from '../../model/actual.ts'
import type { CommandOutcome, ExchangeFact, TextFact, TlsExchange } from '../../model/host.ts'
import { parseCertificates } from '../../x509/parse.ts'
import { parsePublicKey } from '../../x509/public-key.ts'
import { explainHandshake } from '../s-client.ts'

export type Fields = readonly string[]

export function decode(field: string | undefined, maximumBytes = Number.MAX_SAFE_INTEGER): Buffer {
  if (field === undefined || field === '-') return Buffer.alloc(0)
  return Buffer.from(field.slice(0, Math.ceil(maximumBytes / 3) * 4), 'base64').subarray(0, maximumBytes)
}

/** As the agent bounds them; what a host sends beyond is not read, and never parsed. */
const maximumFileBytes = 1024 * 1024
const maximumOutputBytes = 1024 * 1024
const maximumProbeBytes = 256 * 1024
const maximumMessageBytes = 8192
const maximumKeyBytes = 8192

export function readNumber(field: string | undefined, radix: 8 | 10 = 10): number {
  const digits = radix === 8 ? /^[0-7]{1,6}$/ : /^-?\d{1,20}(\.\d{1,9})?$/
  if (field === undefined || !digits.test(field)) return Number.NaN
  return radix === 8 ? Number.parseInt(field, 8) : Number(field)
}

/** Seconds, with a fraction, as milliseconds; NaN where the host gives anything else. */
export function readMilliseconds(field: string | undefined): number {
  return Math.round(readNumber(field) * 1000)
}

/** What is at a path instead of a small regular file; undefined for one. */
function readOther([, , kind, ...rest]: Fields): { readonly kind: 'absent' } | Unreadable | undefined {
  if (kind === 'absent') return { kind: 'absent' }
  if (kind === 'file') return undefined
  if (kind === 'denied') return unreadable('permission-denied', 'may not be read')
  if (kind === 'outside')
    return unreadable('outside-root', 'is reached through a link out of certwright_root')
  if (kind === 'untrusted')
    return unreadable(
      'untrusted-folder',
      `cannot be trusted: ${decode(rest[0]).toString('utf8')} can be exchanged by others`,
    )
  if (kind === 'large') return unreadable('too-large', `is ${rest[0]} bytes large`)
  if (kind === 'special') return special(rest[0] ?? '')
  const said = decode(rest[0]).toString('utf8').split(': ').at(-1) ?? ''
  return unreadable('io-error', `cannot be read: ${said.toLowerCase() || 'the host does not say why'}`)
}

/** By the type in st_mode, in hexadecimal. */
function special(mode: string): Unreadable {
  const type = Number.parseInt(mode, 16) & 0xf000
  if (type === 0xa000) return unreadable('symlink', 'is a symbolic link')
  if (type === 0x4000) return unreadable('directory', 'is a directory')
  if (type === 0x1000) return unreadable('fifo', 'is a FIFO')
  if (type === 0xc000) return unreadable('socket', 'is a socket')
  return unreadable('device', 'is a device')
}

function unreadable(problem: Unreadable['problem'], detail: string): Unreadable {
  return { kind: 'unreadable', problem, detail }
}

/** Of `raw-mode octal-mode owner group links size modified acl through`. */
function readStat([
  ,
  mode = '',
  owner = '',
  group = '',
  links,
  size,
  modified,
  acl,
  through = '-',
]: Fields): FileStat {
  return {
    mode: readNumber(mode, 8),
    owner,
    group,
    size: readNumber(size),
    modifiedMs: readMilliseconds(modified),
    links: readNumber(links),
    accessList: acl === '+',
    ...(through === '-' ? {} : { through: decode(through).toString('utf8') }),
  }
}

export function readCertificateFact(record: Fields): CertificateFact {
  const other = readOther(record)
  if (other) return other
  const bytes = decode(record[12], maximumFileBytes + 1)
  if (bytes.length > maximumFileBytes) return unreadable('too-large', 'is larger than 1 MiB')
  const stat = readStat(record.slice(3, 12))
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const parsed = parseCertificates(bytes)
  return parsed.kind === 'certificates'
    ? { kind: 'certificate', stat, certificates: parsed.certificates, sha256 }
    : { kind: 'not-a-certificate', stat, sha256, detail: parsed.detail }
}

export function readTextFact(record: Fields, path: string): TextFact | undefined {
  const other = readOther(record)
  if (other?.kind === 'absent') return undefined
  if (other) return { kind: 'unreadable', detail: `${path} ${other.detail}` }
  const { modifiedMs } = readStat(record.slice(3, 12))
  return { kind: 'text', text: decode(record[12], maximumFileBytes).toString('utf8'), modifiedMs }
}

export function readPrivateKeyFact(record: Fields, hasPassphrase: boolean): PrivateKeyFact {
  const other = readOther(record)
  if (other) return other
  const [blocks, encrypted, spki] = record.slice(12)
  if (blocks !== '1')
    return unreadable(
      'not-a-key',
      blocks === '0' ? 'holds no PEM private key' : `holds ${blocks} private keys`,
    )
  const isEncrypted = encrypted === 'yes'
  if (isEncrypted && !hasPassphrase)
    return unreadable('passphrase-missing', 'is encrypted, and no passphrase is known')
  if (spki === '-')
    return isEncrypted
      ? unreadable('passphrase-wrong', 'is not opened by its passphrase')
      : unreadable('not-a-key', 'holds a private key that cannot be read')
  const parsed = parsePublicKey(decode(spki, maximumKeyBytes))
  if (parsed.kind !== 'public-key')
    return unreadable('not-a-key', `holds a private key that ${parsed.detail}`)
  const { publicKey } = parsed
  if (publicKey.type === 'other')
    return unreadable('not-a-key', 'holds a private key that is of a kind that is not supported')
  return { kind: 'private-key', stat: readStat(record.slice(3, 12)), publicKey, encrypted: isEncrypted }
}

/** `missing`, `killed` or `timed-out`, or the command's own exit status, whatever number that is. */
export function readCommandOutcome([, , status = 'killed', stdout, stderr]: Fields): CommandOutcome {
  if (status === 'missing' || status === 'timed-out') return { kind: status, stdout: '', stderr: '' }
  const output = { stdout: readOutput(stdout), stderr: readOutput(stderr) }
  return status === 'killed'
    ? { kind: status, ...output }
    : { kind: 'exited', exitCode: readNumber(status), ...output }
}

function readOutput(field: string | undefined): string {
  return decode(field, maximumOutputBytes).toString('utf8').replace(/\n$/, '')
}

/** What `openssl s_client -showcerts` printed. */
export function readProbeFact([, , presented, status, out, err]: Fields): ProbeFact {
  const stdout = decode(out, maximumProbeBytes).toString('latin1')
  const stderr = decode(err, maximumMessageBytes).toString('latin1')
  const parsed = parseCertificates(Buffer.from(stdout, 'latin1'))
  if (parsed.kind !== 'certificates') {
    // Left out, the one above it would pass for what is served.
    const isServed = stdout.includes('-----BEGIN CERTIFICATE-----')
    return {
      kind: 'failed',
      detail: isServed ? `what it serves ${parsed.detail}` : explainHandshake(stderr, status),
    }
  }
  const served = { kind: 'served', certificates: parsed.certificates } as const
  const why = explainUnpresented(presented)
  if (why !== undefined) return { ...served, detail: why }
  if (presented !== 'yes') return served
  const alert = /alert ([a-z ]+):.*SSL alert number|SSL alert number (\d+)/.exec(stderr)
  if (alert) return { ...served, clientAccepted: false, detail: `TLS alert ${alert[1] ?? alert[2]}` }
  if (/errno=|unexpected eof/i.test(stderr))
    return { ...served, clientAccepted: false, detail: 'the connection was reset' }
  return { ...served, clientAccepted: true }
}

/** What `openssl s_client -quiet` printed. */
export function readExchangeFact(
  [, , presented, status, out, err]: Fields,
  { authority, hostname, serverName, maximumBytes }: TlsExchange,
): ExchangeFact {
  if (status === 'unreadable')
    return { kind: 'failed', detail: `${authority}, which is to verify it, cannot be read` }
  const text = decode(out, maximumBytes).toString('latin1')
  const stderr = decode(err, maximumMessageBytes).toString('latin1')
  // Without an authority it says so of everybody, and goes on.
  const fault = authority === undefined ? null : /verify error:num=\d+:([^\n]*)/.exec(stderr)
  if (fault) {
    const detail = /mismatch/.test(fault[1] ?? '')
      ? `its certificate is not for ${serverName ?? hostname}`
      : `its certificate is not trusted: ${fault[1]}`
    return { kind: 'failed', detail }
  }
  if (text === '')
    return {
      kind: 'failed',
      detail: status === '0' ? 'the connection was closed' : explainHandshake(stderr, status),
    }
  const why = explainUnpresented(presented)
  return { kind: 'answered', text, ...(why === undefined ? {} : { detail: why }) }
}

function explainUnpresented(presented: string | undefined): string | undefined {
  if (presented === 'absent') return 'no client certificate to present'
  return presented === 'invalid'
    ? "the client's certificate is not valid by this host's clock, and was not presented"
    : undefined
}
