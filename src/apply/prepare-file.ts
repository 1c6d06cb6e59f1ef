// One file of a transaction: its content from where the plan says it comes, and what has to be in its place still.
import type { PlannedFile } from '../model/plan.ts'
import type { KeyLocation, TransactionFile } from '../model/transaction.ts'
import { describePublicKey, encodePrivateKey, encodeSpki, parsePrivateKey } from '../x509/keys.ts'
import { type Run, requireHost, TaskError, withPassphrase } from './context.ts'
import { currentPath } from './issue.ts'

/** Reads what has to be brought from elsewhere; throws what the world refuses. */
export async function prepareFile(run: Run, host: string, file: PlannedFile): Promise<TransactionFile> {
  const { path, mode, owner, group, through, keepsTime, expect } = file
  const metadata = {
    path,
    mode,
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    ...(through === undefined ? {} : { through }),
    ...(keepsTime === undefined ? {} : { keepsTime }),
  }
  return {
    ...metadata,
    content: await prepareContent(run, host, file),
    expect: await prepareExpectation(run, expect),
  }
}

async function prepareExpectation(
  run: Run,
  expect: PlannedFile['expect'],
): Promise<TransactionFile['expect']> {
  if (expect.kind === 'absent' || expect.kind === 'certificate') return expect
  const { passphrase: reference, ...rest } = expect
  return { ...rest, ...(await withPassphrase(run, reference)) }
}

async function prepareContent(
  run: Run,
  host: string,
  { path, content }: PlannedFile,
): Promise<TransactionFile['content']> {
  if (content.from === 'kept') return { kind: 'kept' }
  if (content.from === 'removed') return { kind: 'removed' }
  if (content.from === 'text') return bytes(Buffer.from(content.pem))
  if (content.from === 'issued') return issuedContent(run, host, path, content.pair, content.what)
  const passphrase = await withPassphrase(run, content.passphrase)
  if (content.from === 'place' && content.host === host)
    return copied({ path: content.path, ...passphrase }, content.spkiSha256)
  const pem =
    content.from === 'supplied'
      ? await run.readSupplied(content.path)
      : await requireHost(run, content.host).readPrivateKey({ path: content.path, ...passphrase })
  return bytes(checkedKey(pem, content.path, content.spkiSha256, passphrase.passphrase))
}

async function issuedContent(
  run: Run,
  host: string,
  path: string,
  pair: string,
  what: 'certificate' | 'private-key',
): Promise<TransactionFile['content']> {
  const issued = run.issued.get(pair)
  if (!issued) throw new TaskError(`${pair} was not issued`)
  if (what === 'certificate') return bytes(Buffer.from(issued.fileText))
  const { key } = issued
  const staged = currentPath(run, pair, issued)
  if (key.host === host && key.installedPath === path) return { kind: 'staged', stagedPath: staged }
  const passphrase = key.passphrase === undefined ? {} : { passphrase: key.passphrase }
  const location = { path: staged, ...passphrase }
  if (key.host === host) return copied(location, key.spkiSha256)
  return bytes(await requireHost(run, key.host).readPrivateKey(location))
}

/** The key as PKCS#8, in memory only; never one that is not the planned. */
function checkedKey(
  pem: Uint8Array,
  path: string,
  spkiSha256: string,
  passphrase: string | undefined,
): Uint8Array {
  const parsed = parsePrivateKey(pem, passphrase)
  if (parsed.kind !== 'private-key') throw new TaskError(`${path}: ${parsed.detail}`)
  if (describePublicKey(encodeSpki(parsed.key)).spkiSha256 !== spkiSha256)
    throw new TaskError(`${path} is no longer the key that the plan was made for`)
  return encodePrivateKey(parsed.key, passphrase)
}

/** On the same host: the key does not travel. */
function copied(from: KeyLocation, spkiSha256: string): TransactionFile['content'] {
  return { kind: 'copied', from, spkiSha256 }
}

function bytes(content: Uint8Array): TransactionFile['content'] {
  return { kind: 'bytes', bytes: content }
}
