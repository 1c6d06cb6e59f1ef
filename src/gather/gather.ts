// Stage gather: hosts → Actual. One round trip a host, many hosts at once; nothing is changed.
// In: what is wanted (which paths, services and alarms to look at) and a Host for each name. Out: facts.
// May not: decide anything, import hosts/, hand out a private key.
import pLimit from 'p-limit'
import type { Actual, HostActual, HostUnreachable } from '../model/actual.ts'
import type { Desired } from '../model/desired.ts'
import type { Host } from '../model/host.ts'
import { HostError } from '../model/host.ts'
import type { ResolveSecret } from '../model/secret.ts'
import { readAnswer } from './answer.ts'
import { type HostShare, makeInquiry, shareOut } from './inquiry.ts'

/** How many hosts are asked at once. */
export const defaultForks = 32

export async function gather(
  desired: Desired,
  hosts: Readonly<Record<string, Host>>,
  resolveSecret: ResolveSecret,
  forks = defaultForks,
): Promise<Actual> {
  const limit = pLimit(forks)
  const facts = await Promise.all(
    [...shareOut(desired)].map(([name, share]) =>
      limit(() => gatherHost(name, share, hosts[name], resolveSecret)),
    ),
  )
  return { hosts: Object.fromEntries(facts.map((fact) => [fact.host, fact])) }
}

async function gatherHost(
  name: string,
  share: HostShare,
  host: Host | undefined,
  resolveSecret: ResolveSecret,
): Promise<HostActual | HostUnreachable> {
  if (!host) return { kind: 'unreachable', host: name, detail: 'no connection' }
  const inquiry = await makeInquiry(name, share, resolveSecret)
  try {
    const fromMs = Date.now()
    const answer = await host.gather(inquiry.request)
    return readAnswer(name, inquiry, answer, { fromMs, toMs: Date.now() })
  } catch (error) {
    if (error instanceof HostError) return { kind: 'unreachable', host: name, detail: error.message }
    throw error
  }
}
