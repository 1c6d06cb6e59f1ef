// Whom a running service trusts: by the names that it sends, and by a client certificate of each trust anchor.
// In: a ServicePool. Out: a Proof. May not: leave a key anywhere.
import type { TrustFact } from '../model/actual.ts'
import type { Certificate } from '../model/certificate.ts'
import type { NetworkAddress } from '../model/desired.ts'
import { type Canary, type CanaryFact, type Host, nothing } from '../model/host.ts'
import { formatHostPort } from '../model/host-port.ts'
import type { ServicePool, ServiceTask } from '../model/plan.ts'
import { probeTimeoutMs } from '../services/probe.ts'
import { freshMs, makeCanary, openAnchor } from './canary.ts'
import { type Run, requireHost } from './context.ts'
import type { Proof, ProvePool } from './prove.ts'

interface Asked {
  readonly label: string
  readonly certificate: Certificate
  readonly isTrusted: boolean
  /** A text: why there is none. */
  readonly canary: Canary | string
}

/** As often as it is asked, with the same canaries as long as they are fresh. */
export function poolProver(run: Run, { host: name, pool }: ServiceTask): { readonly provePool?: ProvePool } {
  if (!pool) return {}
  let made: { readonly atMs: number; readonly asked: Promise<Asked[]> } | undefined
  return {
    provePool: async (clockMs) => {
      if (!made || Math.abs(clockMs - made.atMs) > freshMs)
        made = { atMs: clockMs, asked: prepare(run, pool, clockMs) }
      return prove(requireHost(run, name), pool, await made.asked)
    },
  }
}

async function prepare(run: Run, { trusted, distrusted }: ServicePool, clockMs: number): Promise<Asked[]> {
  const each = [
    ...trusted.map((anchor) => ({ anchor, isTrusted: true })),
    ...distrusted.map((anchor) => ({ anchor, isTrusted: false })),
  ]
  return Promise.all(
    each.map(async ({ anchor, isTrusted }) => ({
      label: anchor.label,
      certificate: openAnchor(run, anchor),
      isTrusted,
      canary: await makeCanary(run, anchor, clockMs),
    })),
  )
}

async function prove(host: Host, { addresses }: ServicePool, asked: readonly Asked[]): Promise<Proof> {
  const trusts = addresses.map((address) => ({ ...address, timeoutMs: probeTimeoutMs }))
  const facts = ignoreOthers((await host.gather({ ...nothing, trusts })).trusts, asked)
  const faults = addresses.flatMap((address, index) => judgeNames(address, facts[index], asked))
  if (faults[0] !== undefined) return { proved: false, detail: faults[0] }
  // Who asks for no client certificate trusts everybody, and proves nothing.
  const asking = trusts.filter((_, index) => facts[index]?.kind === 'named')
  for (const address of asking) {
    const fault = await present(host, address, asked)
    if (fault !== undefined) return { proved: false, detail: fault }
  }
  return { proved: true, detail: describe(asked, asking.length > 0) }
}

/** An address that names none of them speaks for another authority, where another one does name one. */
function ignoreOthers(facts: readonly TrustFact[], asked: readonly Asked[]): TrustFact[] {
  const isAbout = (fact: TrustFact) =>
    fact.kind === 'named' && asked.some(({ certificate }) => fact.names.includes(certificate.subjectDer))
  if (!facts.some(isAbout)) return [...facts]
  return facts.map((fact) =>
    fact.kind === 'named' && fact.names.length > 0 && !isAbout(fact) ? { kind: 'indifferent' } : fact,
  )
}

/** Two of one name cannot be told apart by it; and who names nobody trusts somebody all the same. */
function judgeNames(address: NetworkAddress, fact: TrustFact | undefined, asked: readonly Asked[]): string[] {
  if (!fact || fact.kind === 'failed')
    return [`at ${formatHostPort(address)} it does not say whom it trusts: ${fact?.detail ?? 'no answer'}`]
  if (fact.kind === 'indifferent' || fact.names.length === 0) return []
  return asked.flatMap(({ label, certificate: { subjectDer }, isTrusted }) => {
    const isNamed = fact.names.includes(subjectDer)
    if (isTrusted) return isNamed ? [] : [`at ${formatHostPort(address)} it does not trust ${label}`]
    const isShared = asked.some((each) => each.isTrusted && each.certificate.subjectDer === subjectDer)
    return isNamed && !isShared ? [`at ${formatHostPort(address)} it still trusts ${label} (names it)`] : []
  })
}

async function present(
  host: Host,
  address: NetworkAddress & { readonly timeoutMs: number },
  asked: readonly Asked[],
): Promise<string | undefined> {
  const ready = asked.flatMap(({ canary, ...rest }) =>
    typeof canary === 'string' ? [] : [{ ...rest, canary }],
  )
  if (ready.length === 0) return undefined
  const facts = await host.presentCanaries({ ...address, canaries: ready.map(({ canary }) => canary) })
  return ready
    .map(({ label, isTrusted }, index) => judgeCanary(facts[index], label, isTrusted))
    .filter((fault) => fault !== undefined)
    .map((fault) => `at ${formatHostPort(address)} it ${fault}`)[0]
}

function judgeCanary(fact: CanaryFact | undefined, label: string, isTrusted: boolean): string | undefined {
  if (!fact || fact.kind === 'failed')
    return `does not say whether it trusts ${label}: ${fact?.detail ?? 'no answer'}`
  if (fact.kind === 'accepted')
    return isTrusted ? undefined : `still trusts ${label} (accepted a client certificate of it)`
  return isTrusted
    ? `does not trust ${label} (refused a client certificate of it: ${fact.detail})`
    : undefined
}

function describe(asked: readonly Asked[], isAsking: boolean): string {
  if (!isAsking) return 'asks for no client certificate'
  const list = (isTrusted: boolean) => asked.filter((each) => each.isTrusted === isTrusted).map(describeOne)
  const [trusted, gone] = [list(true), list(false)]
  return `trusts ${trusted.join(' and ')}${gone.length > 0 ? `, not ${gone.join(' or ')}` : ''}`
}

function describeOne({ label, canary }: Asked): string {
  return typeof canary === 'string' ? `${label} (by its names only: ${canary})` : label
}
