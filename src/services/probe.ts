import type { ProbeFact } from '../model/actual.ts'
import type { DesiredPair, DesiredProbe, DesiredService } from '../model/desired.ts'
import type { Command, CommandOutcome, GatherAnswer, TlsExchange, TlsProbe } from '../model/host.ts'
import type { ResolvedProbe } from '../model/plan.ts'
import { formatHttpRequest, judgeHttp, maximumHttpBytes } from './http.ts'

/** One try of a probe never takes longer. */
export const probeTimeoutMs = 5000

export type ProbeRequest =
  | { readonly kind: 'tls'; readonly probe: TlsProbe }
  | { readonly kind: 'http'; readonly exchange: TlsExchange }
  | { readonly kind: 'command'; readonly command: Command }

/** A service's probe as a host can be asked it. */
export function resolveProbe(
  service: DesiredService,
  pairs: readonly DesiredPair[],
): ProbeRequest | undefined {
  const probe = resolvePairs(service, pairs)
  return probe ? asRequest(probe) : undefined
}

/** A probe with the paths on its host that its pairs stand for. */
export function resolvePairs(
  service: DesiredService,
  pairs: readonly DesiredPair[],
): ResolvedProbe | undefined {
  const { probe, host } = service
  if (!probe || probe.kind === 'command') return probe
  const find = (id: string | undefined) =>
    pairs.find((pair) => pair.id === id)?.placements.find((placement) => placement.host === host)
  const presented = find(probe.present)
  const client = presented?.privateKey && {
    presentFiles: { certificate: presented.certificate.path, privateKey: presented.privateKey.path },
  }
  if (probe.kind === 'http') {
    const { present: _, authority, ...rest } = probe
    const signer = find(authority)
    return { ...rest, ...client, ...(signer ? { authorityFile: signer.certificate.path } : {}) }
  }
  const { present: _, expect, ...rest } = probe
  const expected = find(expect)
  return { ...rest, ...client, ...(expected ? { expectFile: expected.certificate.path } : {}) }
}

export function asRequest(probe: ResolvedProbe): ProbeRequest {
  if (probe.kind === 'command')
    return { kind: 'command', command: { argv: probe.argv, timeoutMs: probeTimeoutMs } }
  const { hostname, port, serverName, presentFiles } = probe
  const handshake: TlsProbe = {
    hostname,
    port,
    timeoutMs: probeTimeoutMs,
    ...(serverName === undefined ? {} : { serverName }),
    ...(presentFiles ? { client: presentFiles } : {}),
  }
  return probe.kind === 'tls'
    ? { kind: 'tls', probe: handshake }
    : { kind: 'http', exchange: asExchange(probe, handshake) }
}

function asExchange(probe: Extract<ResolvedProbe, { kind: 'http' }>, handshake: TlsProbe): TlsExchange {
  return {
    ...handshake,
    ...(probe.authorityFile === undefined ? {} : { authority: probe.authorityFile }),
    send: formatHttpRequest(probe),
    maximumBytes: maximumHttpBytes,
  }
}

/** What the answer to a probe shows; `index`: where it stands among those of its kind. */
export function judgeProbe(
  probe: DesiredProbe | ResolvedProbe,
  { probes, exchanges, commands }: Pick<GatherAnswer, 'probes' | 'exchanges' | 'commands'>,
  index: number,
): ProbeFact | undefined {
  if (probe.kind === 'tls') return probes[index]
  const exchange = probe.kind === 'http' ? exchanges[index] : undefined
  if (probe.kind === 'http') return exchange && judgeHttp(probe, exchange)
  const outcome = commands[index]
  return outcome && judgeProbeCommand(outcome)
}

/** A probe command passes with exit status 0. */
function judgeProbeCommand({ kind, exitCode, stderr }: CommandOutcome): ProbeFact {
  if (kind === 'exited' && exitCode === 0) return { kind: 'passed' }
  const said = stderr.trim().split('\n').at(-1) ?? ''
  const status = kind === 'exited' ? `exit status ${exitCode}` : kind
  return { kind: 'failed', detail: said ? `${status}: ${said.slice(0, 200)}` : status }
}
