import type { Actual } from '../model/actual.ts'
import type { Address } from '../model/address.ts'
import type { RecordEvents } from '../model/audit.ts'
import type { Certificate } from '../model/certificate.ts'
import type { PairId, SigningCommand } from '../model/desired.ts'
import type { Difference } from '../model/difference.ts'
import type { Host } from '../model/host.ts'
import type { InstallTask, PlannedBatch, PlannedPair } from '../model/plan.ts'
import type { Progress } from '../model/progress.ts'
import type { Outcome } from '../model/result.ts'
import type { ResolveSecret } from '../model/secret.ts'
import type { PairLocation } from '../model/transaction.ts'
import { asHostError, UnexpectedError } from '../model/unexpected.ts'
import type { Stamp } from '../services/stamp.ts'

/** What apply is handed: hosts to drive, and ways to look again. */
export interface ApplyContext {
  /** Names this run: its lock, its generations. */
  readonly runId: string
  readonly hosts: Readonly<Record<string, Host>>
  /** What the hosts are, by name (`HostActual.machine`): the log knows them by it. */
  readonly machines: Readonly<Record<string, string>>
  /** Gathers and compares again, for what only a second look can prove. */
  readonly observe: () => Promise<Observation>
  readonly resolveSecret: ResolveSecret
  /** Reads a supplied private key on the control node. */
  readonly readSupplied: (path: string) => Promise<Uint8Array>
  /** Has a command of the control node sign; rejects with a HostError when it does not. */
  readonly signByCommand: (command: SigningCommand, tbs: Uint8Array) => Promise<Uint8Array>
  /** Aborted: the task in hand is finished, no other is begun. */
  readonly signal: AbortSignal
  readonly progress: Progress
  /** Writes down what will be done and what was; where it cannot, the run stops. */
  readonly record: RecordEvents
  /** How many hosts are worked on at once. */
  readonly forks: number
}

export interface Observation {
  readonly actual: Actual
  readonly difference: Difference
}

/** What a task says of an address; the plan knows which action that was. */
export type TaskOutcome = Omit<Outcome, 'action'>

/** What the tasks of one run hand on to later ones. Keys are known by their place, never by their bytes. */
export interface Run extends ApplyContext {
  /** The instant the plan was made for. */
  readonly at: string
  /** Stops this run as an interruption does; the reason of its signal, a text, says why. */
  readonly halt: AbortController
  readonly issued: Map<PairId, IssuedPair>
  /** Pairs of this run whose key is where it belongs, and no longer staged. */
  readonly placed: Set<PairId>
  /** Pairs that could not be issued, or were and have been put back where they were made, with the cause. */
  readonly failedPairs: Map<PairId, string>
  /** Batches in which more failed than their play allows, with the hosts: no other is begun that may wait. */
  readonly ended: Ended[]
  /** Hosts on which something failed, with the causes. */
  readonly failures: Map<string, HostFailures>
  /** Hosts on which something waits for what failed, there or elsewhere, with the causes. */
  readonly waiting: Map<string, HostFailures>
  /** Services that this run has told something: what they have taken up since has to be proved. */
  readonly told: Map<Address, Telling>
  /** What has been put back as it was before, and the services that have nothing new to take up because of that. */
  readonly putBack: Set<Address>
  /** Hosts that were lost while something was being installed. */
  readonly lost: Set<string>
  /** Hosts that were neither finished nor put back. */
  readonly needsHuman: Set<string>
  /** Hosts where a service failed and nothing was put back, with the reason. */
  readonly kept: Map<string, string>
  /** What this run has replaced and not put back: the files, by address. */
  readonly standing: Map<Address, readonly string[]>
  /** The transaction of the batch, by host; what may be restored. */
  readonly installed: Map<string, InstalledTransaction>
}

export interface InstalledTransaction {
  readonly transactionId: string
  /** How often some of it has been put back. */
  readonly returns: number
  /** Why none of it may be put back. */
  readonly final?: string
  readonly unfit: InstallTask['unfit']
  /** Certificates and keys that it touched. */
  readonly pairs: readonly PlannedPair[]
}

export interface Ended {
  readonly batch: PlannedBatch
  readonly failed: readonly string[]
}

export interface Telling {
  /** When, by the host's clock. */
  readonly ms: number
  /** What was written down of the service until then. */
  readonly before: Stamp
}

export interface HostFailures {
  readonly renewal: string[]
  readonly service: string[]
}

export interface IssuedPair {
  /** Where it is to be. */
  readonly addresses: readonly Address[]
  readonly certificate: Pick<Certificate, 'fingerprint' | 'serial'>
  readonly certificatePem: string
  /** Certificates above, nearest first, the self-signed root included. */
  readonly chain: readonly string[]
  /** What the certificate file holds. */
  readonly fileText: string
  readonly key: {
    readonly host: string
    readonly path: string
    readonly installedPath: string
    readonly spkiSha256: string
    readonly passphrase?: string
  }
}

/** Something that the world refused while a task ran; it becomes a failed outcome. */
export class TaskError extends Error {
  override readonly name = 'TaskError'
}

export function requireHost(run: Run, name: string): Host {
  const host = run.hosts[name]
  if (!host) throw new TaskError(`no connection to ${name}`)
  return host
}

/** The passphrase behind a reference, as a property to spread. */
export async function withPassphrase(
  run: Run,
  reference: string | undefined,
): Promise<{ readonly passphrase?: string }> {
  if (reference === undefined) return {}
  const resolved = await run.resolveSecret(reference)
  if (resolved.kind === 'error') throw new TaskError(resolved.detail)
  return { passphrase: resolved.value }
}

export function openPairs(run: Run, pairs: readonly PlannedPair[]): Promise<PairLocation[]> {
  return Promise.all(
    pairs.map(async ({ passphrase, ...pair }) => ({ ...pair, ...(await withPassphrase(run, passphrase)) })),
  )
}

export function noteFailure(run: Run, host: string, kind: keyof HostFailures, cause: string): void {
  note(run.failures, host, kind, cause)
}

export function noteWaiting(run: Run, host: string, kind: keyof HostFailures, cause: string): void {
  note(run.waiting, host, kind, cause)
}

function note(all: Map<string, HostFailures>, host: string, kind: keyof HostFailures, cause: string): void {
  const causes = all.get(host) ?? { renewal: [], service: [] }
  causes[kind].push(cause)
  all.set(host, causes)
}

/**
 * One line of what the world said. Anything else is a bug, met while this host was worked on: it is told as one, and
 * the host needs a human. The other hosts' work goes on.
 */
export function refusal(run: Pick<Run, 'needsHuman'>, host: string, error: unknown): string {
  if (error instanceof TaskError) return error.message
  const known = asHostError(error)
  if (known instanceof UnexpectedError) run.needsHuman.add(host)
  return known.message
}
