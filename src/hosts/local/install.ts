// One transaction on this machine: all files, or none.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { InstallOutcome, Transaction, TransactionFile } from '../../model/host.ts'
import { describePublicKey, encodeSpki, parsePrivateKey } from '../../x509/keys.ts'
import { explain } from './errors.ts'
import { setMetadata } from './metadata.ts'
import { type OwnerNames, readOwnerNames } from './owners.ts'
import { findMisfit } from './pairs.ts'
import { locate } from './paths.ts'
import { readRegularFile } from './read.ts'
import { type Staging, stageFile } from './stage.ts'
import { findStale, type WantedFile } from './stale.ts'
import { type Step, StepError, switchGeneration } from './switch.ts'

export interface InstallContext {
  readonly root: string | undefined
  readonly staging: Staging
  /** Where old generations are kept, on this machine. */
  readonly generations: string
}

export async function installTransaction(
  context: InstallContext,
  transaction: Transaction,
): Promise<InstallOutcome> {
  const { root, staging, generations } = context
  try {
    const owners = await readOwnerNames(
      transaction.files.flatMap(({ owner }) => owner ?? []),
      transaction.files.flatMap(({ group }) => group ?? []),
    )
    const files = await Promise.all(transaction.files.map((file) => keepIfSame(root, file)))
    const stale = await findStale(root, files)
    if (stale) return stale
    const names = root === undefined ? owners : undefined
    await stepwise(undefined, async () => {
      for (const folder of transaction.folders) await staging.makeFolder(locate(root, folder))
    })
    const steps: Step[] = []
    for (const file of files) steps.push(await stepwise(file.path, () => prepare(context, file, names)))
    const misfit = await findMisfit(root, transaction.pairs, steps)
    if (misfit) throw new StepError(misfit.detail, misfit.path)
    await switchGeneration(generations, transaction.id, steps)
    return { kind: 'installed' }
  } catch (error) {
    return judgeError(error)
  }
}

export function judgeError(error: unknown): InstallOutcome {
  if (!(error instanceof StepError)) throw error
  const { message, path, undone } = error
  return { kind: undone ? 'failed' : 'stuck', detail: message, ...(path === undefined ? {} : { path }) }
}

async function stepwise<T>(path: string | undefined, work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    throw error instanceof StepError ? error : new StepError(explain(error), path)
  })
}

async function keepIfSame(root: string | undefined, file: TransactionFile): Promise<WantedFile> {
  const { path, content } = file
  if (content.kind !== 'bytes' && content.kind !== 'copied') return file
  const found = await readRegularFile(root, locate(root, path))
  if (found.kind !== 'file') return file
  const wanted =
    content.kind === 'bytes'
      ? content.bytes
      : await readFile(locate(root, content.from.path)).catch(() => undefined)
  return wanted && found.bytes.equals(wanted) ? { ...file, content: { kind: 'kept' }, same: true } : file
}

/** Everything about a file but its place, before anything is visible. */
async function prepare(
  { root, staging }: InstallContext,
  file: TransactionFile,
  names: OwnerNames | undefined,
): Promise<Step> {
  const { path, content } = file
  const location = locate(root, path)
  if (content.kind === 'kept')
    return { path, location, action: 'adorn', adorn: () => setMetadata(location, file, names) }
  const staged =
    content.kind === 'staged'
      ? locate(root, content.stagedPath)
      : await stageFile(
          staging,
          location,
          content.kind === 'bytes' ? content.bytes : await readCopied(root, content),
        )
  await setMetadata(staged, file, names)
  const bytes = await readFile(staged)
  if (content.kind === 'bytes' && !bytes.equals(content.bytes))
    throw new StepError('was not written whole', path)
  return {
    path,
    location,
    action: 'replace',
    staged,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
}

async function readCopied(
  root: string | undefined,
  { from, spkiSha256 }: Extract<TransactionFile['content'], { kind: 'copied' }>,
): Promise<Uint8Array> {
  const bytes = await readFile(locate(root, from.path))
  const parsed = parsePrivateKey(bytes, from.passphrase)
  if (parsed.kind !== 'private-key') throw new StepError(`${from.path} ${parsed.detail}`)
  if (describePublicKey(encodeSpki(parsed.key)).spkiSha256 !== spkiSha256)
    throw new StepError(`${from.path} is no longer the key that the plan was made for`)
  return bytes
}
