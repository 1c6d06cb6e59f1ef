// The generations that stand beside an authority while another takes its place, for a status to show.
import type { Actual, CertificateFact } from '../model/actual.ts'
import type { Desired, DesiredPair } from '../model/desired.ts'
import type { CertificateStatus } from '../model/status.ts'

interface Seen {
  readonly desired: Pick<Desired, 'readOnlyHosts'>
  readonly actual: Actual
  readonly at: Date
}

/** Those that are there: none is missing, none is due, and no service serves one. */
export function describeGenerations(
  { kind, name, waiting, placements }: DesiredPair,
  { desired, actual, at }: Seen,
): CertificateStatus[] {
  if (!waiting) return []
  return placements.flatMap(({ address, host, certificate: { path } }): CertificateStatus[] => {
    const observed = actual.hosts[host]
    const fact = observed?.kind === 'observed' ? observed.certificates[path] : undefined
    if (!fact || fact.kind === 'absent' || desired.readOnlyHosts.includes(host)) return []
    return [
      {
        address,
        host,
        kind,
        name,
        path,
        waiting,
        dueAt: null,
        served: 'not-probed',
        reasons: [],
        ...judge(fact, at),
      },
    ]
  })
}

function judge(fact: CertificateFact, at: Date): Pick<CertificateStatus, 'notAfter' | 'daysLeft' | 'state'> {
  if (fact.kind !== 'certificate') return { notAfter: null, daysLeft: null, state: 'blocked' }
  const { notAfter } = fact.certificates[0]
  const leftMs = Date.parse(notAfter) - at.getTime()
  return { notAfter, daysLeft: Math.floor(leftMs / 86_400_000), state: leftMs < 0 ? 'expired' : 'ok' }
}
