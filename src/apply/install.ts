// Task kind install: one transaction for everything that changes on one host.
// In: an InstallTask and what was issued. Out: files in place, or nothing changed; an Outcome an address.

import type { InstallTask, PlannedFile, PlannedPair } from '../model/plan.ts'
import type { KeyLocation, Transaction, TransactionFile } from '../model/transaction.ts'
import { describePublicKey, encodePrivateKey, encodeSpki, parsePrivateKey } from '../x509/keys.ts'
import {
  openPairs,
  type Run,
  refusal,
  requireHost,
  TaskError,
  type TaskOutcome,
  withPassphrase,
} from './context.ts'
import { attempt, describeInstalled, type Installed, installStatuses, noteInstalled } from './installed.ts'
import { currentPath } from './issue.ts'

export type PreparedInstall =
  | { readonly kind: 'ready'; readonly files: readonly PlannedFile[]; readonly transaction: Transaction }
  | { readonly kind: 'failed'; readonly files: readonly PlannedFile[]; readonly detail: string }
  | { readonly kind: 'nothing' }

/** Reads what has to be brought from elsewhere; nothing is written. */
export async function prepareInstall(run: Run, task: InstallTask): Promise<PreparedInstall> {
  const files = task.files.filter(({ content }) => !isLost(run, content))
  if (files.length === 0) return { kind: 'nothing' }
  try {
    const transaction = {
      id: transactionId(run, task),
      files: await Promise.all(files.map((file) => prepareFile(run, task.host, file))),
      pairs: await openPairs(run, touchedPairs(task, files)),
    }
    return { kind: 'ready', files, transaction }
  } catch (error) {
    return { kind: 'failed', files, detail: refusal(run, task.host, error) }
  }
}

export async function installFiles(
  run: Run,
  task: InstallTask,
  prepared: PreparedInstall,
): Promise<TaskOutcome[]> {
  if (prepared.kind === 'nothing') return []
  const { files } = prepared
  const result = prepared.kind === 'failed' ? prepared : await install(run, task, prepared.transaction)
  if (result.kind === 'installed') notePlaced(run, task.host, files)
  noteInstalled(run, task.host, result)
  if (result.kind === 'installed')
    run.installed.set(task.host, {
      transactionId: transactionId(run, task),
      returns: 0,
      unfit: task.unfit,
      pairs: touchedPairs(task, files),
    })
  return task.addresses
    .filter((address) => files.some((file) => file.address === address))
    .map((address) => ({
      address,
      host: task.host,
      status: installStatuses[result.kind],
      detail: result.kind === 'installed' ? describeFiles(address, files) : describeInstalled(result),
    }))
}

function notePlaced(run: Run, host: string, files: readonly PlannedFile[]): void {
  for (const { address, content, path } of files) {
    run.standing.set(address, [...(run.standing.get(address) ?? []), path])
    const key = content.from === 'issued' ? run.issued.get(content.pair)?.key : undefined
    if (content.from === 'issued' && key?.host === host && key.installedPath === path)
      run.placed.add(content.pair)
  }
}

function describeFiles(address: string, files: readonly PlannedFile[]): string {
  const own = files.filter((file) => file.address === address)
  return own.length === 1 ? `${own[0]?.path} installed` : `${own.length} files installed`
}

/** A pair that could not be issued has nothing to install; the others go on without it. */
function isLost(run: Run, content: PlannedFile['content']): boolean {
  return content.from === 'issued' && !run.issued.has(content.pair)
}

async function install(run: Run, task: InstallTask, transaction: Transaction): Promise<Installed> {
  return attempt(run, task.host, async () => requireHost(run, task.host).install(transaction))
}

/** Of what is installed now: a pair that could not be issued stays as it was, fitting or not. */
function touchedPairs({ pairs }: InstallTask, files: readonly PlannedFile[]): readonly PlannedPair[] {
  const written = new Set(files.map(({ path }) => path))
  return pairs.filter(({ certificate, privateKey }) => written.has(certificate) || written.has(privateKey))
}

/** Sorts by time, so that the newest generation is the last. */
function transactionId(run: Run, task: InstallTask): string {
  return `${run.runId}-${task.batch}`
}

async function prepareFile(run: Run, host: string, file: PlannedFile): Promise<TransactionFile> {
  const { path, mode, owner, group, through, expect } = file
  const metadata = {
    path,
    mode,
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    ...(through === undefined ? {} : { through }),
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
