// Private keys on a remote host: made there, used there; their public half comes back.
import type { GenerateKeyRequest, SignatureScheme, StagedKey } from '../../model/host.ts'
import { HostError } from '../../model/host.ts'
import type { KeyLocation } from '../../model/transaction.ts'
import { stageKey } from '../transaction/stage-key.ts'
import type { Connection, Records } from './connection.ts'
import { decode } from './facts.ts'
import { explainFailure } from './failure.ts'
import { perform } from './perform.ts'
import { call } from './quote.ts'
import { makeScript } from './script.ts'
import type { SshWriting } from './session.ts'

const curves: Readonly<Record<number, string>> = { 256: 'P-256', 384: 'P-384', 521: 'P-521' }

export async function generateKey(
  { disk, names, context }: SshWriting,
  { path, type, size, passphrase }: GenerateKeyRequest,
): Promise<StagedKey> {
  const { location, stagedPath, steps } = await stageKey(disk, names, path)
  const options = {
    RSA: ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${size}`],
    ECDSA: ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curves[size]}`],
    Ed25519: ['-algorithm', 'ED25519'],
  }[type]
  const program = { prepare: steps, change: [], undo: [], after: [] }
  const { records } = await perform(context, program, (script) =>
    [
      call('generate', location, script.secret(passphrase), ...options),
      call('born', location, script.secret(passphrase)),
    ].join(' &&\n'),
  )
  return { stagedPath, spki: requireRecord(records, 'public', path) }
}

export async function readPublicKey(
  connection: Connection,
  root: string,
  { path, passphrase }: KeyLocation,
): Promise<Uint8Array> {
  const script = makeScript()
  script.add('below', root)
  script.add('public', path, script.secret(passphrase))
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
  script.add('below', root)
  script.add('sign', path, length, script.secret(passphrase), digests[scheme])
  const records = await connection.request(script.text(), { payloads: script.payloads })
  return requireRecord(records, 'signature', path)
}

/** The one way out for a private key: a pair that several hosts share. */
export async function readPrivateKey(
  connection: Connection,
  root: string,
  { path }: KeyLocation,
): Promise<Uint8Array> {
  const records = await connection.request(`${call('below', root)}\n${call('whole', 'private', 0, path)}`)
  const record = records.find(([word]) => word === 'private')
  if (record?.[2] === 'file') return decode(record[12])
  throw new HostError(`${path}: cannot be read`)
}

function requireRecord(records: Records, word: string, path: string): Uint8Array {
  const found = records.find(([each]) => each === word)
  if (found) return decode(found[1])
  throw new HostError(`${path}: ${explainFailure(records)}`)
}
