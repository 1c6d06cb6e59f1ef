// Rotations as they are read: of a Difference, on the hosts that the run is about. Pure.
import type { Certificate } from '../model/certificate.ts'
import type { Desired } from '../model/desired.ts'
import type { Difference, PairDifference, Rotation } from '../model/difference.ts'
import type { AnchorState, PlannedRotation } from '../model/plan.ts'
import { formatName } from '../x509/name.ts'

/** What is waited for may be on hosts that the run is not about: it is told all the same, or nobody knew why. */
export function describeRotations(
  { readOnlyHosts }: Pick<Desired, 'readOnlyHosts'>,
  { pairs }: Pick<Difference, 'pairs'>,
): PlannedRotation[] {
  return pairs.filter(isRotating).map(({ pair, rotation }) => describe(pair.name, rotation, readOnlyHosts))
}

function isRotating(
  difference: PairDifference,
): difference is PairDifference & { readonly rotation: Rotation } {
  return difference.rotation !== undefined
}

function describe(authority: string, rotation: Rotation, readOnlyHosts: readonly string[]): PlannedRotation {
  const { method, why, phase, advances, hosts, waits, isOverdue, since } = rotation
  return {
    authority,
    method,
    why,
    phase,
    advances,
    wanted: describeAnchor(rotation.wanted),
    other: describeAnchor(rotation.other),
    signer: describeAnchor(rotation.signer),
    hosts: hosts.filter(({ host }) => !readOnlyHosts.includes(host)),
    waits,
    since: since?.toISOString() ?? null,
    isOverdue,
  }
}

function describeAnchor(certificate: Certificate | undefined): AnchorState | null {
  if (!certificate) return null
  const { subject, fingerprint, notAfter } = certificate
  return { subject: formatName(subject), fingerprint, notAfter }
}
