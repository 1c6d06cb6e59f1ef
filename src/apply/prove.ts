import { setTimeout } from 'node:timers/promises'
import type { CertificateFact, ManagerFact, ProbeFact } from '../model/actual.ts'
import { type Host, nothing } from '../model/host.ts'
import type { ResolvedProbe, ServiceTask } from '../model/plan.ts'
import { asRequest, judgeProbe } from '../services/probe.ts'
import { askService, parseService } from '../services/services.ts'
import { isReached } from '../services/stamp.ts'
import { findAskedName } from '../x509/asked-name.ts'
import { findServedFaults } from '../x509/served.ts'

export type Proof =
  | { readonly proved: true; readonly detail: string }
  /** `refused`: its manager did not do what it was told to, and the service runs on. */
  | { readonly proved: false; readonly detail: string; readonly refused?: boolean }

/** Without a probe, for how long a service is waited for, and for how long one that is active is given to fall over again. */
const bareProof = { retries: 10, delaySeconds: 1, deadlineSeconds: 60, staysUpMs: 2000 }

/** Whom the service trusts, by now; `clockMs`: of its host. */
export type ProvePool = (clockMs: number) => Promise<Proof>

export interface Wanted {
  /** It must have started since: a restart that succeeds without restarting is none. */
  readonly notBeforeMs?: number
  /** What it must show besides. */
  readonly provePool?: ProvePool
}

/**
 * Proof that a service runs and serves what is on disk, as a client would judge it `at` this instant: by handshake where
 * it has a TLS probe, never by an exit status alone.
 */
export async function proveService(
  host: Host,
  task: ServiceTask,
  at: string,
  wanted: Wanted = {},
): Promise<Proof> {
  const { retries, delaySeconds, deadlineSeconds } = task.probe ?? bareProof
  const deadline = performance.now() + deadlineSeconds * 1000
  const attemptProof = task.probe || askService(task.manager).length === 0 ? tryProof : tryTwice
  let proof: Proof = await attemptProof(host, task, at, wanted)
  for (let attempt = 0; !proof.proved && attempt < retries; attempt += 1) {
    if (performance.now() + delaySeconds * 1000 > deadline) break
    await setTimeout(delaySeconds * 1000)
    proof = await attemptProof(host, task, at, wanted)
  }
  return proof
}

/** A manager alone says that a service is active as soon as it has been started: it has to be still, and from the same start. */
async function tryTwice(...asked: Parameters<typeof tryProof>): Promise<Proof> {
  const first = await tryProof(...asked)
  if (!first.proved) return first
  await setTimeout(bareProof.staysUpMs)
  const second = await tryProof(...asked)
  const [before, after] = [first.startedMs, second.startedMs]
  if (!second.proved || before === undefined || after === undefined) return second
  if (Math.abs(after - before) < clockGranularityMs) return second
  return { proved: false, detail: `it does not stay up: it started again ${new Date(after).toISOString()}` }
}

type Seen = Proof & { readonly startedMs?: number }

async function tryProof(
  host: Host,
  task: ServiceTask,
  at: string,
  { notBeforeMs, provePool }: Wanted,
): Promise<Seen> {
  const asked = askService(task.manager)
  const probe = task.probe && asRequest(task.probe)
  const expectFile = task.probe?.kind === 'tls' ? task.probe.expectFile : undefined
  const answer = await host.gather({
    ...nothing,
    certificates: expectFile === undefined ? [] : [expectFile],
    commands: [...asked, ...(probe?.kind === 'command' ? [probe.command] : [])],
    probes: probe?.kind === 'tls' ? [probe.probe] : [],
    exchanges: probe?.kind === 'http' ? [probe.exchange] : [],
  })
  const fact = parseService(task.manager, answer.commands.slice(0, asked.length), answer.clockMs)
  const started = notBeforeMs === undefined ? undefined : findOldStart(fact, notBeforeMs, answer.clockMs)
  if (started !== undefined) return { proved: false, detail: started }
  const index = probe?.kind === 'command' ? asked.length : 0
  const shown = task.probe && judgeProbe(task.probe, answer, index)
  const own = judge(fact, shown, (served) => judgeServed(served, task.probe, answer.certificates[0], at))
  const proof = own.proved && provePool ? join(own, await provePool(answer.clockMs)) : own
  return fact.startedMs === undefined ? proof : { ...proof, startedMs: fact.startedMs }
}

function join(own: Proof, pool: Proof): Proof {
  return pool.proved ? { proved: true, detail: `${own.detail}; ${pool.detail}` } : pool
}

/** Manager clocks may show whole seconds only. */
export const clockGranularityMs = 1000

/** A start before it was told to, and one that the clock has not reached yet, are not the restart that was asked for. */
function findOldStart(
  { state, startedMs }: ManagerFact,
  notBeforeMs: number,
  clockMs: number,
): string | undefined {
  if (state !== 'active' || startedMs === undefined) return undefined
  const since = `it has been running since ${new Date(startedMs).toISOString()}`
  if (startedMs + clockGranularityMs < notBeforeMs) return `${since}: not restarted`
  return isReached(startedMs, clockMs + clockGranularityMs)
    ? undefined
    : `${since}, which the host's clock has not reached: no proof of a restart`
}

type Served = Extract<ProbeFact, { kind: 'served' }>

function judge(fact: ManagerFact, probe: ProbeFact | undefined, judgeIt: (served: Served) => Proof): Proof {
  if (fact.state === 'inactive' || fact.state === 'failed')
    return { proved: false, detail: 'it is not running' }
  if (fact.state === 'unknown') return { proved: false, detail: fact.detail ?? 'cannot tell whether it runs' }
  if (!probe) return { proved: true, detail: 'active' }
  if (probe.kind === 'passed') return { proved: true, detail: 'its probe passes' }
  if (probe.kind === 'failed') return { proved: false, detail: probe.detail }
  if (probe.clientAccepted === false)
    return { proved: false, detail: `it turns away its client's certificate: ${probe.detail ?? 'no detail'}` }
  return judgeIt(probe)
}

function judgeServed(
  { certificates }: Served,
  probe: ResolvedProbe | undefined,
  onDisk: CertificateFact | undefined,
  at: string,
): Proof {
  const proof: Proof = { proved: true, detail: `serves sha256:${certificates[0].fingerprint.slice(0, 8)}…` }
  if (probe?.kind !== 'tls' || probe.expectFile === undefined) return proof
  if (onDisk?.kind !== 'certificate')
    return { proved: false, detail: `${probe.expectFile}, which it has to serve, cannot be read` }
  const asked = { name: findAskedName(probe), at: new Date(at) }
  const [fault] = findServedFaults({ served: certificates, file: onDisk.certificates, asked })
  return fault ? { proved: false, detail: `it ${fault.message}` } : proof
}
