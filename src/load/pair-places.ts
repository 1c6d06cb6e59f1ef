// Where a pair must be: on one host, on all hosts of a play, or with its key on the control node alone.
import { formatAddress } from '../model/address.ts'
import { controlHost, type DesiredFile, type Placement } from '../model/desired.ts'
import type { HostFiles } from './pair-files.ts'
import type { PairSpec } from './pair-spec.ts'
import type { RawAuthority, RawCertificate } from './policy.ts'

/** A pair as it comes out for one host of the play. */
export interface Member {
  readonly host: string
  readonly raw: RawAuthority | RawCertificate
  readonly spec: PairSpec
  readonly files: HostFiles
}

/** Where a pair of one host is. */
export function placeFully({ host, spec, files }: Member): Placement {
  const address = formatAddress(host, spec.kind, spec.name)
  return { address, host, ...files }
}

/** Where one pair for all hosts is: an authority's key only where it is held, everything else everywhere. */
export function placeShared(members: readonly Member[]): Placement[] {
  const [first] = members
  const heldBy =
    first &&
    ('held_by' in first.raw
      ? (first.raw.held_by ?? 'first')
      : first.spec.kind === 'authority'
        ? 'first'
        : 'all')
  const onHosts = members.map((member, index) => {
    const full = placeFully(member)
    return heldBy === 'all' || (heldBy === 'first' && index === 0) ? full : withoutKey(full, member)
  })
  const privateKey = first?.files.privateKey
  if (heldBy !== 'control' || !first || !privateKey) return onHosts
  const beside = privateKey.path.replace(/(\.key|\.pem)?$/, '.crt')
  const control = {
    address: formatAddress(controlHost, first.spec.kind, first.spec.name),
    host: controlHost,
    certificate: ownedBy(first.raw, { ...first.files.certificate, path: beside }),
    privateKey: ownedBy(first.raw, privateKey),
    copies: [],
  }
  // A control node that is itself one of the hosts keeps the pair in one place there.
  return [control, ...onHosts.filter(({ host }) => host !== controlHost)]
}

/**
 * On the control node files belong to whoever runs certwright there: the defaults name a user of the hosts, and so does
 * what is said of the certificate. Only what the authority says of its key is about no other place.
 */
function ownedBy(
  { private_key: said }: Member['raw'],
  { owner: _owner, group: _group, ...file }: DesiredFile,
): DesiredFile {
  return {
    ...file,
    ...(said?.owner === undefined ? {} : { owner: said.owner }),
    ...(said?.group === undefined ? {} : { group: said.group }),
  }
}

/** An inventory in another order has another first host: the key is then where it was. */
function withoutKey(
  { address, host, certificate, privateKey, copies }: Placement,
  { spec }: Member,
): Placement {
  return {
    address,
    host,
    certificate,
    ...(privateKey && spec.kind === 'authority' ? { formerKey: privateKey } : {}),
    copies: copies.flatMap((copy) => (copy.certificate ? [{ certificate: copy.certificate }] : [])),
  }
}
