import type { ProbeFact } from '../model/actual.ts'
import type { DesiredPair, DesiredService } from '../model/desired.ts'
import type { Command, CommandOutcome, TlsProbe } from '../model/host.ts'
import type { ResolvedProbe } from '../model/plan.ts'

/** One try of a probe never takes longer. */
export const probeTimeoutMs = 5000

/** A service's probe as a host can be asked it. */
export function resolveProbe(
  service: DesiredService,
  pairs: readonly DesiredPair[],
): { kind: 'tls'; probe: TlsProbe } | { kind: 'command'; command: Command } | undefined {
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
  const { present, expect, ...rest } = probe
  const find = (id: string | undefined) =>
    pairs.find((pair) => pair.id === id)?.placements.find((placement) => placement.host === host)
  const presented = find(present)
  const expected = find(expect)
  return {
    ...rest,
    ...(presented?.privateKey
      ? { presentFiles: { certificate: presented.certificate.path, privateKey: presented.privateKey.path } }
      : {}),
    ...(expected ? { expectFile: expected.certificate.path } : {}),
  }
}

export function asRequest(
  probe: ResolvedProbe,
): { kind: 'tls'; probe: TlsProbe } | { kind: 'command'; command: Command } {
  if (probe.kind === 'command')
    return { kind: 'command', command: { argv: probe.argv, timeoutMs: probeTimeoutMs } }
  const { hostname, port, serverName, presentFiles } = probe
  return {
    kind: 'tls',
    probe: {
      hostname,
      port,
      timeoutMs: probeTimeoutMs,
      ...(serverName === undefined ? {} : { serverName }),
      ...(presentFiles ? { client: presentFiles } : {}),
    },
  }
}

/** A probe command passes with exit status 0. */
export function judgeProbeCommand({ kind, exitCode, stderr }: CommandOutcome): ProbeFact {
  if (kind === 'exited' && exitCode === 0) return { kind: 'passed' }
  const said = stderr.trim().split('\n').at(-1) ?? ''
  const status = kind === 'exited' ? `exit status ${exitCode}` : kind
  return { kind: 'failed', detail: said ? `${status}: ${said.slice(0, 200)}` : status }
}
