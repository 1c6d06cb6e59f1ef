// Stage gather: hosts → Actual. One round trip a host, many hosts at once; nothing is changed.
// In: what is wanted (which paths, services and alarms to look at) and a Host for each name. Out: facts.
// May not: decide anything, import hosts/, hand out a private key.
import pLimit from 'p-limit'
import type { Actual, HostActual, HostUnreachable } from '../model/actual.ts'
import type { Desired } from '../model/desired.ts'
import type { Host } from '../model/host.ts'
import type { ResolveSecret } from '../model/secret.ts'
import { asHostError, UnexpectedError } from '../model/unexpected.ts'
import { readAnswer } from './answer.ts'
import { type HostShare, makeInquiry, shareOut } from './inquiry.ts'

/** How many hosts are asked at once. */
export const defaultForks = 32

/** `held`: hosts that another run is at work on, with its holder. What is seen there is never acted upon. */
export async function gather(
  desired: Desired,
  hosts: Readonly<Record<string, Host>>,
  resolveSecret: ResolveSecret,
  forks = defaultForks,
  held: ReadonlyMap<string, string> = new Map(),
): Promise<Actual> {
  const limit = pLimit(forks)
  const facts = await Promise.all(
    [...shareOut(desired)].map(([name, share]) =>
      limit(async () => markHeld(await gatherHost(name, share, hosts[name], resolveSecret), held.get(name))),
    ),
  )
  return { hosts: Object.fromEntries(facts.map((fact) => [fact.host, fact])) }
}

function markHeld(
  fact: HostActual | HostUnreachable,
  holder: string | undefined,
): HostActual | HostUnreachable {
  if (holder === undefined) return fact
  if (fact.kind === 'observed') return { ...fact, heldBy: holder }
  return { ...fact, detail: `another run holds it: ${holder}`, why: 'held' }
}

/** Whatever goes wrong while one host is asked and understood is that host's, and no other's. */
async function gatherHost(
  name: string,
  share: HostShare,
  host: Host | undefined,
  resolveSecret: ResolveSecret,
): Promise<HostActual | HostUnreachable> {
  if (!host) return { kind: 'unreachable', host: name, detail: 'no connection' }
  try {
    const inquiry = await makeInquiry(name, share, resolveSecret)
    const fromMs = Date.now()
    const answer = await host.gather(inquiry.request)
    return readAnswer(name, inquiry, answer, { fromMs, toMs: Date.now() })
  } catch (error) {
    const known = asHostError(error)
    const why = known instanceof UnexpectedError ? { why: 'unexpected' as const } : {}
    return { kind: 'unreachable', host: name, detail: known.message, ...why }
  }
}
