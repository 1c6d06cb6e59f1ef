// A custom CA that the user brings: read, judged and, but for its place, forgotten. The key itself is not kept.
import { dirname, resolve } from 'node:path'
import type { SuppliedPair } from '../model/desired.ts'
import type { SecretStore } from '../model/secret.ts'
import { findAuthorityFaults } from '../x509/authority.ts'
import { parsePrivateKey } from '../x509/keys.ts'
import { parseCertificates } from '../x509/parse.ts'
import type { FileReader } from './files.ts'
import type { RawAuthority } from './policy.ts'
import { complain, firstSource, type Reading } from './reading.ts'
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
  raw: NonNullable<RawAuthority['supplied']>,
): Promise<SuppliedPair | undefined> {
  const keys = ['authorities', name, 'supplied']
  const base = dirname(context.document.path)
  const certificate = await readFile(context, [...keys, 'certificate'], resolve(base, raw.certificate))
  const privateKeyPath = resolve(base, raw.private_key)
  const key = await readFile(context, [...keys, 'private_key'], privateKeyPath)
  const passphrase = await findPassphrase(context, [...keys, 'passphrase'], raw.passphrase)
  if (!certificate || !key || passphrase === 'failed') return undefined
  const parsed = parseCertificates(certificate)
  const parsedKey = parsePrivateKey(key, passphrase)
  if (parsed.kind !== 'certificates')
    return complain(context, [...keys, 'certificate'], {
      code: parsed.kind,
      message: `${raw.certificate} ${parsed.detail}`,
    })
  if (parsedKey.kind !== 'private-key') {
    const hint =
      parsedKey.problem === 'passphrase-missing'
        ? 'add passphrase: "file:/PATH" beside it'
        : 'supply a PEM private key'
    const message = `${raw.private_key} ${parsedKey.detail}`
    return complain(context, [...keys, 'private_key'], { code: parsedKey.problem, message, hint })
  }
  const { certificates } = parsed
  const { spkiSha256 } = parsedKey.publicKey
  const faults = findAuthorityFaults({ certificates, spkiSha256, at: context.at })
  for (const { code, message, hint } of faults)
    complain(context, [...keys, 'certificate'], { code, message: `${raw.certificate} ${message}`, hint })
  if (faults.length > 0) return undefined
  const source = firstSource(context, keys)
  const reference = raw.passphrase === undefined ? {} : { passphrase: raw.passphrase }
  return { certificates, privateKeyPath, spkiSha256, source, ...reference }
}

async function readFile(
  context: SuppliedContext,
  keys: readonly string[],
  path: string,
): Promise<Uint8Array | undefined> {
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
