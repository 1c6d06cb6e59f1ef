// One transaction on this machine: all files, or none.
import { createHash } from 'node:crypto'
import { constants, renameSync } from 'node:fs'
import { type FileHandle, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { InstallOutcome, Transaction, TransactionFile } from '../../model/host.ts'
import { describePublicKey, encodeSpki, parsePrivateKey } from '../../x509/keys.ts'
import { errorCode, explain } from './errors.ts'
import { readCertificateFact, readPrivateKeyFact } from './facts.ts'
import { keepGeneration, pruneGenerations, restoreGeneration } from './generations.ts'
import { type OwnerNames, readOwnerNames } from './owners.ts'
import { locate } from './paths.ts'
import { readRegularFile } from './read.ts'
import { makeFolder, type Staging, stageFile, syncFolder } from './stage.ts'

export interface InstallContext {
  readonly root: string | undefined
  readonly staging: Staging
  /** Where old generations are kept, on this machine. */
  readonly generations: string
}

/** A file of the transaction, ready beside its target. */
interface Prepared {
  readonly file: TransactionFile
  readonly location: string
  /** Undefined: the file stays, only its owner, group or mode change. */
  readonly staged?: { readonly path: string; readonly sha256: string }
}

export async function installTransaction(
  context: InstallContext,
  transaction: Transaction,
): Promise<InstallOutcome> {
  const { root, staging, generations } = context
  const names = await readOwnerNames(
    transaction.files.flatMap(({ owner }) => owner ?? []),
    transaction.files.flatMap(({ group }) => group ?? []),
  )
  const files = await Promise.all(transaction.files.map((file) => keepIfSame(root, file)))
  const stale = await findStale(root, files, names)
  if (stale) return stale
  let current: string | undefined
  let replaced = false
  try {
    for (const folder of transaction.folders) await makeFolder(staging, locate(root, folder))
    const prepared: Prepared[] = []
    for (const file of files) {
      current = file.path
      prepared.push(await prepare(context, file, names))
    }
    current = undefined
    const locations = prepared.map(({ location }) => location)
    await keepGeneration(generations, transaction.id, locations)
    replaced = true
    for (const { file, location, staged } of prepared) {
      current = file.path
      if (!staged) await setMetadata(location, file, root === undefined ? names : undefined)
    }
    // Back to back: nobody finds a new certificate beside an old key for longer than two renames take.
    for (const { file, location, staged } of prepared) {
      current = file.path
      if (staged) renameSync(staged.path, location)
    }
    for (const folder of new Set(locations.map(dirname))) await syncFolder(folder)
    for (const each of prepared) {
      current = each.file.path
      await readBack(each)
    }
    staging.folders.length = 0
    await pruneGenerations(generations)
    return { kind: 'installed' }
  } catch (error) {
    if (replaced) await restoreGeneration(generations, transaction.id)
    const detail = error instanceof RefusedError ? error.message : explain(error)
    return { kind: 'failed', detail, ...(current === undefined ? {} : { path: current }) }
  }
}

/** A file of the transaction; `same`: somebody has put it there already, only its owner, group or mode may differ. */
type WantedFile = TransactionFile & { readonly same?: boolean }

async function keepIfSame(root: string | undefined, file: TransactionFile): Promise<WantedFile> {
  const { path, content } = file
  if (content.kind !== 'bytes' && content.kind !== 'copied') return file
  const found = await readRegularFile(root, locate(root, path))
  if (found.kind !== 'file') return file
  const wanted = content.kind === 'bytes' ? content.bytes : await readFile(locate(root, content.from.path))
  return found.bytes.equals(wanted) ? { ...file, content: { kind: 'kept' }, same: true } : file
}

/** Compare and swap: what is there must still be what the plan was made for. */
async function findStale(
  root: string | undefined,
  files: readonly WantedFile[],
  names: OwnerNames,
): Promise<InstallOutcome | undefined> {
  for (const { path, expect, content, same } of files) {
    if (same) continue
    const passphrase =
      expect.kind === 'private-key' && expect.passphrase !== undefined ? expect.passphrase : undefined
    const isKey = expect.kind === 'private-key'
    const fact = isKey
      ? await readPrivateKeyFact(root, passphrase === undefined ? { path } : { path, passphrase }, names)
      : await readCertificateFact(root, path, names)
    const holds =
      expect.kind === 'absent'
        ? fact.kind === 'absent'
        : expect.kind === 'certificate'
          ? 'sha256' in fact && fact.sha256 === expect.sha256
          : fact.kind === 'private-key' && fact.publicKey.spkiSha256 === expect.spkiSha256
    if (!holds)
      return { kind: 'stale', path, detail: `has changed since the plan was made (${content.kind})` }
  }
  return undefined
}

async function prepare(
  { root, staging }: InstallContext,
  file: TransactionFile,
  names: OwnerNames,
): Promise<Prepared> {
  const location = locate(root, file.path)
  const { content } = file
  if (content.kind === 'kept') return { file, location }
  const path =
    content.kind === 'staged'
      ? locate(root, content.stagedPath)
      : await stageFile(
          staging,
          location,
          content.kind === 'bytes' ? content.bytes : await readCopied(root, content),
        )
  await setMetadata(path, file, root === undefined ? names : undefined)
  const bytes = await readFile(path)
  if (content.kind === 'bytes' && !bytes.equals(content.bytes))
    throw new RefusedError('was not written whole')
  return { file, location, staged: { path, sha256: hash(bytes) } }
}

async function readCopied(
  root: string | undefined,
  { from, spkiSha256 }: Extract<TransactionFile['content'], { kind: 'copied' }>,
): Promise<Uint8Array> {
  const bytes = await readFile(locate(root, from.path))
  const parsed = parsePrivateKey(bytes, from.passphrase)
  if (parsed.kind !== 'private-key') throw new RefusedError(`${from.path} ${parsed.detail}`)
  if (describePublicKey(encodeSpki(parsed.key)).spkiSha256 !== spkiSha256)
    throw new RefusedError(`${from.path} is no longer the key that the plan was made for`)
  return bytes
}

/** Owner, group and mode on one open file, so that a link put in its place meanwhile is never followed. */
async function setMetadata(
  path: string,
  { mode, owner, group }: TransactionFile,
  names: OwnerNames | undefined,
) {
  const file: FileHandle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stat = await file.stat()
    const uid = (owner === undefined ? undefined : names?.uid(owner)) ?? stat.uid
    const gid = (group === undefined ? undefined : names?.gid(group)) ?? stat.gid
    const found = stat.mode & 0o7777
    // Narrow first, then hand over, then widen: at no moment may more people read it than before and after.
    if ((found & mode) !== found) await file.chmod(found & mode)
    if (uid !== stat.uid || gid !== stat.gid) await file.chown(uid, gid)
    await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
}

class RefusedError extends Error {
  override readonly name = 'RefusedError'
}

async function readBack({ location, staged }: Prepared): Promise<void> {
  if (!staged) return
  const bytes = await readFile(location).catch((error: unknown) => {
    throw errorCode(error) === 'ENOENT' ? new RefusedError('is gone after it was installed') : error
  })
  if (hash(bytes) !== staged.sha256) throw new RefusedError('reads back otherwise than it was written')
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
