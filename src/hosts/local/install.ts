// One transaction on this machine: all files, or none.
import { lstat, readFile } from 'node:fs/promises'
import type { InstallOutcome, Transaction, TransactionFile } from '../../model/transaction.ts'
import { describePublicKey, encodeSpki, parsePrivateKey } from '../../x509/keys.ts'
import { explain } from './errors.ts'
import { copyWhole, hashOf, writeNewFile } from './files.ts'
import { labelLike } from './labels.ts'
import { type LinkedFile, stageLinkSet } from './link-set.ts'
import { groupByLink, resolveLink } from './links.ts'
import { setMetadata } from './metadata.ts'
import { type OwnerNames, readOwnerNames } from './owners.ts'
import { findMisfit } from './pairs.ts'
import { locate } from './paths.ts'
import { readRegularFile } from './read.ts'
import type { Staging } from './stage.ts'
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
    const steps = await prepareAll(context, files, names)
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
  const { path, content, through } = file
  if (content.kind !== 'bytes' && content.kind !== 'copied') return file
  const found = await readRegularFile(root, locate(root, path))
  if (found.kind !== 'file') return file
  const wanted =
    content.kind === 'bytes'
      ? content.bytes
      : await readFile(locate(root, content.from.path)).catch(() => undefined)
  const isThere = found.through === (through === undefined ? undefined : locate(root, through))
  return wanted && isThere && found.bytes.equals(wanted) ? { ...file, same: true } : file
}

/** Everything about the files but their places, before anything is visible. */
async function prepareAll(
  context: InstallContext,
  files: readonly WantedFile[],
  names: OwnerNames | undefined,
): Promise<Step[]> {
  const { root, staging } = context
  const stays = (file: WantedFile) => file.same || file.content.kind === 'kept'
  const sets = groupByLink(files, ({ through }) => through)
  const steps: Step[] = []
  for (const [through, set] of sets) {
    if (through === undefined || set.every(stays))
      for (const file of set)
        steps.push(await stepwise(file.path, () => prepare(context, file, names, stays(file))))
    else {
      const linked = set.map((file) => asLinked(context, file, names))
      const live = locate(root, through)
      steps.push(...(await stepwise(set[0]?.path, () => stageLinkSet(staging, live, linked))))
    }
  }
  return [...steps, ...(await stepwise(undefined, () => retireLinks(context, files)))]
}

async function prepare(
  context: InstallContext,
  file: WantedFile,
  names: OwnerNames | undefined,
  stays: boolean,
): Promise<Step> {
  const { path } = file
  const place = locate(context.root, path)
  if (stays) {
    const location = (await resolveLink(place))?.target ?? place
    return { path, location, action: 'adorn', adorn: () => setMetadata(location, file, names) }
  }
  const staged =
    file.content.kind === 'staged'
      ? locate(context.root, file.content.stagedPath)
      : await context.staging.reserve(place)
  await bring(context, file, staged, names)
  return { path, location: place, action: 'replace', staged, sha256: (await hashOf(staged)) ?? '' }
}

function asLinked(context: InstallContext, file: WantedFile, names: OwnerNames | undefined): LinkedFile {
  const { path } = file
  const location = locate(context.root, path)
  return { path, location, bring: (to) => stepwise(path, () => bring(context, file, to, names)) }
}

async function bring(
  { root }: InstallContext,
  file: WantedFile,
  to: string,
  names: OwnerNames | undefined,
): Promise<void> {
  const { path, content } = file
  if (content.kind === 'bytes') await writeNewFile(to, content.bytes)
  else if (content.kind === 'copied') await writeNewFile(to, await readCopied(root, content))
  else if (content.kind === 'kept') await copyCurrent(locate(root, path), to)
  // A copy: others are still to be made from where the key was born, which is swept in the end.
  else if (locate(root, content.stagedPath) !== to)
    await writeNewFile(to, await readFile(locate(root, content.stagedPath)))
  await setMetadata(to, file, names)
  await labelLike(locate(root, path), to).catch(() => {
    throw new StepError('its SELinux label cannot be set', path)
  })
  if (content.kind === 'bytes' && !(await readFile(to)).equals(content.bytes))
    throw new StepError('was not written whole', path)
}

async function copyCurrent(place: string, to: string): Promise<void> {
  const location = (await resolveLink(place))?.target ?? place
  const { mode, uid, gid } = await lstat(location)
  await copyWhole(location, to, { mode: mode & 0o7777, uid, gid })
}

/** Where plain files come in the place of links, what these were reached through goes. */
async function retireLinks({ root, staging }: InstallContext, files: readonly WantedFile[]): Promise<Step[]> {
  const lives = new Set<string>()
  for (const { path, through, content } of files) {
    const linked =
      through === undefined && content.kind !== 'kept' ? await resolveLink(locate(root, path)) : undefined
    if (!linked || lives.has(linked.live)) continue
    lives.add(linked.live)
    await staging.retireTree(linked.folder)
  }
  return [...lives].map((location) => ({
    path: location.slice(root?.length ?? 0),
    location,
    action: 'remove',
  }))
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
