// Private keys on a remote host: made there, used there; their public half comes back.
import { dirname } from 'node:path'
import type { GenerateKeyRequest, SignatureScheme, StagedKey } from '../../model/host.ts'
import { HostError } from '../../model/host.ts'
import type { KeyLocation } from '../../model/transaction.ts'
import type { Connection, Records } from './connection.ts'
import { decode } from './facts.ts'
import { explainFailure } from './failure.ts'
import { locate, stagedPath } from './paths.ts'
import { call } from './quote.ts'
import { makeScript } from './script.ts'

const curves: Readonly<Record<number, string>> = { 256: 'P-256', 384: 'P-384', 521: 'P-521' }

export async function generateKey(
  connection: Connection,
  root: string,
  { path, type, size, passphrase }: GenerateKeyRequest,
): Promise<StagedKey> {
  const staged = stagedPath(path)
  const location = locate(root, staged)
  const script = makeScript()
  const options = {
    RSA: ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${size}`],
    ECDSA: ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curves[size]}`],
    Ed25519: ['-algorithm', 'ED25519'],
  }[type]
  const steps = [
    call('parents', dirname(location)),
    call('generate', location, script.secret(passphrase), ...options),
    call('public', location, script.secret(passphrase)),
  ]
  const records = await connection.request(steps.join(' &&\n'), {
    payloads: script.payloads,
    timeoutMs: 120_000,
  })
  return { stagedPath: staged, spki: requireRecord(records, 'public', path) }
}

export async function readPublicKey(
  connection: Connection,
  root: string,
  { path, passphrase }: KeyLocation,
): Promise<Uint8Array> {
  const script = makeScript()
  script.add('public', locate(root, path), script.secret(passphrase))
  const records = await connection.request(script.text(), { payloads: script.payloads })
  return requireRecord(records, 'public', path)
}

const digests: Readonly<Record<SignatureScheme, string>> = {
  'RSA-SHA256': 'sha256',
  'ECDSA-SHA256': 'sha256',
  'ECDSA-SHA384': 'sha384',
  'ECDSA-SHA512': 'sha512',
  Ed25519: 'raw',
}

export async function sign(
  connection: Connection,
  root: string,
  { path, passphrase, scheme, tbs }: KeyLocation & { scheme: SignatureScheme; tbs: Uint8Array },
): Promise<Uint8Array> {
  const script = makeScript()
  const length = script.payload(tbs)
  script.add('sign', locate(root, path), length, script.secret(passphrase), digests[scheme])
  const records = await connection.request(script.text(), { payloads: script.payloads })
  return requireRecord(records, 'signature', path)
}

/** The one way out for a private key: a pair that several hosts share. */
export async function readPrivateKey(
  connection: Connection,
  root: string,
  { path }: KeyLocation,
): Promise<Uint8Array> {
  const records = await connection.request(call('whole', 'private', 0, locate(root, path), root))
  const record = records.find(([word]) => word === 'private')
  if (record?.[2] === 'file') return decode(record[12])
  throw new HostError(`${path}: cannot be read`)
}

function requireRecord(records: Records, word: string, path: string): Uint8Array {
  const found = records.find(([each]) => each === word)
  if (found) return decode(found[1])
  throw new HostError(`${path}: ${explainFailure(records)}`)
}
