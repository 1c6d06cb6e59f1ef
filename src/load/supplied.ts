// A custom CA that the user brings: read, judged and, but for its place, forgotten. The key itself is not kept.
import { dirname, resolve } from 'node:path'
import type { SuppliedKey, SuppliedPair } from '../model/desired.ts'
import type { SecretStore } from '../model/secret.ts'
import { findAuthorityFaults } from '../x509/authority.ts'
import { parsePrivateKey } from '../x509/keys.ts'
import { parseCertificates } from '../x509/parse.ts'
import type { FileReader } from './files.ts'
import type { RawAuthority } from './policy.ts'
import { complain, firstSource, type Reading, readTimeout } from './reading.ts'
import { openBytes } from './vault.ts'

interface SuppliedContext extends Reading {
  readonly files: FileReader
  readonly secrets: SecretStore
  readonly at: Date
}

/** Undefined after a complaint, which says what is wrong with which of the two files. */
export async function readSupplied(
  context: SuppliedContext,
  name: string,
  raw: RawSupplied,
): Promise<SuppliedPair | undefined> {
  const keys = ['authorities', name, 'supplied']
  const certificate = await readFile(context, [...keys, 'certificate'], raw.certificate)
  const key = await readKey(context, keys, raw)
  if (!certificate || !key) return undefined
  const parsed = parseCertificates(certificate)
  if (parsed.kind !== 'certificates')
    return complain(context, [...keys, 'certificate'], {
      code: parsed.kind,
      message: `${raw.certificate} ${parsed.detail}`,
    })
  const { certificates } = parsed
  // A command can only be asked when there is something to sign; what it signs is verified then.
  const spkiSha256 = key.spkiSha256 ?? certificates[0].publicKey.spkiSha256
  const faults = findAuthorityFaults({ certificates, spkiSha256, at: context.at })
  for (const { code, message, hint } of faults)
    complain(context, [...keys, 'certificate'], {
      code,
      message: `${raw.certificate} ${message}`,
      hint,
      severity: passing.has(code) ? 'warning' : 'error',
    })
  if (faults.some(({ code }) => !passing.has(code))) return undefined
  return { certificates, spkiSha256, key: key.key, source: firstSource(context, keys) }
}

/** What time brings about, and takes away: it holds back that CA (diff/holds/supplied-out-of-date.ts), and not the whole run. */
const passing: ReadonlySet<string> = new Set(['authority-expired', 'authority-not-yet-valid'])

type RawSupplied = NonNullable<RawAuthority['supplied']>

interface ReadKey {
  readonly key: SuppliedKey
  readonly spkiSha256?: string
}

async function readKey(
  context: SuppliedContext,
  keys: readonly string[],
  raw: RawSupplied,
): Promise<ReadKey | undefined> {
  if ((raw.private_key === undefined) === (raw.signer === undefined)) {
    const message = 'a supplied CA has either "private_key" or "signer"'
    return complain(context, keys, {
      code: 'invalid-signer',
      message,
      hint: 'signer: { command: [program, argument] }',
    })
  }
  if (raw.private_key !== undefined) return readKeyFile(context, keys, raw.private_key, raw.passphrase)
  const { command, timeout = '30s' } = raw.signer ?? { command: [''] }
  const timeoutSeconds = readTimeout(context, [...keys, 'signer', 'timeout'], timeout)
  if (timeoutSeconds === undefined) return undefined
  return { key: { kind: 'command', argv: command, timeoutSeconds } }
}

async function readKeyFile(
  context: SuppliedContext,
  keys: readonly string[],
  file: string,
  reference: string | undefined,
): Promise<ReadKey | undefined> {
  const bytes = await readFile(context, [...keys, 'private_key'], file)
  const passphrase = await findPassphrase(context, [...keys, 'passphrase'], reference)
  if (!bytes || passphrase === 'failed') return undefined
  const parsed = parsePrivateKey(bytes, passphrase)
  if (parsed.kind !== 'private-key') {
    const hint =
      parsed.problem === 'passphrase-missing'
        ? 'add passphrase: "file:/PATH" beside it'
        : 'supply a PEM private key'
    const message = `${file} ${parsed.detail}`
    return complain(context, [...keys, 'private_key'], { code: parsed.problem, message, hint })
  }
  const path = resolve(dirname(context.document.path), file)
  const opened = reference === undefined ? {} : { passphrase: reference }
  return { key: { kind: 'file', path, ...opened }, spkiSha256: parsed.publicKey.spkiSha256 }
}

async function readFile(
  context: SuppliedContext,
  keys: readonly string[],
  file: string,
): Promise<Uint8Array | undefined> {
  const path = resolve(dirname(context.document.path), file)
  const found = await context.files.read(path)
  if (found.kind === 'error') {
    const hint = 'the path is relative to this policy, on the machine that certwright runs on'
    return complain(context, keys, { code: 'unreadable-file', message: `${path} ${found.detail}`, hint })
  }
  const opened = await openBytes(found.bytes, context.secrets)
  if (opened.kind === 'text') return opened.text
  return complain(context, keys, { code: 'vault', message: `${path} ${opened.detail}` })
}

async function findPassphrase(
  context: SuppliedContext,
  keys: readonly string[],
  reference: string | undefined,
): Promise<string | undefined | 'failed'> {
  if (reference === undefined) return undefined
  const resolved = await context.secrets.resolve(reference)
  if (resolved.kind === 'secret') return resolved.value
  complain(context, keys, { code: 'passphrase-missing', message: resolved.detail })
  return 'failed'
}
