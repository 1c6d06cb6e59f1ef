// Task kind install: one transaction for everything that changes on one host.
// In: an InstallTask and what was issued. Out: files in place, or nothing changed; an Outcome an address.
import type { Address } from '../model/address.ts'
import type { InstallTask, PlannedFile, PlannedPair } from '../model/plan.ts'
import type { Transaction, TransactionFile } from '../model/transaction.ts'
import { noteFailure, openPairs, type Run, refusal, requireHost, type TaskOutcome } from './context.ts'
import { attempt, describeInstalled, type Installed, installStatuses, noteInstalled } from './installed.ts'
import { addWaiting, findLost, type Loss, tellLost } from './lost.ts'
import { prepareFile } from './prepare-file.ts'

/** `left`: what is said of what is not installed, and has not been said yet. */
export type PreparedInstall = { readonly left: readonly TaskOutcome[] } & (
  | { readonly kind: 'ready'; readonly files: readonly PlannedFile[]; readonly transaction: Transaction }
  | { readonly kind: 'failed'; readonly files: readonly PlannedFile[]; readonly detail: string }
  | { readonly kind: 'nothing' }
)

/** Reads what has to be brought from elsewhere; nothing is written. What cannot be had is left, with what needs it. */
export async function prepareInstall(run: Run, task: InstallTask): Promise<PreparedInstall> {
  const lost = findLost(run, task)
  const found = await Promise.all(
    task.addresses.map((address) => (lost.has(address) ? [] : prepareAddress(run, task, address, lost))),
  )
  addWaiting(lost, task)
  const ready = found.flat().filter(([{ address }]) => !lost.has(address))
  const left = tellLost(task.host, lost)
  const files = ready.map(([file]) => file)
  if (files.length === 0) return { kind: 'nothing', left }
  try {
    const pairs = await openPairs(run, touchedPairs(task, files))
    const transaction = { id: transactionId(run, task), files: ready.map(([, file]) => file), pairs }
    return { kind: 'ready', files, transaction, left }
  } catch (error) {
    return { kind: 'failed', files, detail: refusal(run, task.host, error), left }
  }
}

type PreparedFile = readonly [PlannedFile, TransactionFile]

async function prepareAddress(
  run: Run,
  { host, files }: InstallTask,
  address: Address,
  lost: Map<Address, Loss>,
): Promise<PreparedFile[]> {
  try {
    const own = files.filter((file) => file.address === address)
    return await Promise.all(own.map(async (file) => [file, await prepareFile(run, host, file)] as const))
  } catch (error) {
    const detail = refusal(run, host, error)
    lost.set(address, { why: `cannot be had: ${detail}`, told: { status: 'failed', detail } })
    return []
  }
}

export async function installFiles(
  run: Run,
  task: InstallTask,
  prepared: PreparedInstall,
): Promise<TaskOutcome[]> {
  const { left } = prepared
  for (const { status, detail } of left)
    if (status === 'failed') noteFailure(run, task.host, 'renewal', detail)
  if (prepared.kind === 'nothing') return [...left]
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
  const outcomes = task.addresses
    .filter((address) => files.some((file) => file.address === address))
    .map(
      (address): TaskOutcome => ({
        address,
        host: task.host,
        status: installStatuses[result.kind],
        detail: result.kind === 'installed' ? describeFiles(address, files) : describeInstalled(result),
      }),
    )
  return [...outcomes, ...left]
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
  const removed = own.filter(({ content }) => content.from === 'removed').length
  const installed = own.length - removed
  if (own.length === 1) return `${own[0]?.path} ${removed === 1 ? 'removed' : 'installed'}`
  if (removed === 0) return `${count(installed)} installed`
  return installed === 0 ? `${count(removed)} removed` : `${count(installed)} installed, ${removed} removed`
}

function count(files: number): string {
  return files === 1 ? '1 file' : `${files} files`
}

async function install(run: Run, task: InstallTask, transaction: Transaction): Promise<Installed> {
  return attempt(run, task.host, async () => requireHost(run, task.host).install(transaction))
}

/** Of what is installed now: a pair that is lost stays as it was, fitting or not. */
function touchedPairs({ pairs }: InstallTask, files: readonly PlannedFile[]): readonly PlannedPair[] {
  const written = new Set(files.map(({ path }) => path))
  return pairs.filter(({ certificate, privateKey }) => written.has(certificate) || written.has(privateKey))
}

/** Sorts by time, so that the newest generation is the last. */
function transactionId(run: Run, task: InstallTask): string {
  return `${run.runId}-${task.batch}`
}
