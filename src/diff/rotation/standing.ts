// Where each host stands between two trust anchors: what its file trusts, what its services run with, what they present.
import type { HostActual, ServiceFact } from '../../model/actual.ts'
import type { Certificate } from '../../model/certificate.ts'
import type { DesiredPair, DesiredService, Placement } from '../../model/desired.ts'
import type { RotationHost, RotationLeaf, RotationPool, Trusted } from '../../model/difference.ts'
import { findPath } from '../../x509/accepts.ts'
import { placementFiles } from '../files.ts'
import type { Generations } from './generations.ts'

export interface Standing {
  readonly pair: DesiredPair
  readonly generations: Generations
  /** All that it signs, directly or by way of others. */
  readonly leaves: readonly DesiredPair[]
  /** Those that use it or one of these. */
  readonly services: readonly DesiredService[]
  /** Undefined: it could not be looked at. */
  readonly observe: (host: string) => HostActual | undefined
  readonly at: Date
}

export function describeHosts(standing: Standing): RotationHost[] {
  const { pair, leaves, services } = standing
  const names = new Set([
    ...pair.placements.map(({ host }) => host),
    ...leaves.flatMap(({ placements }) => placements.map(({ host }) => host)),
    ...services.map(({ host }) => host),
    ...[pair, ...leaves].flatMap(({ beyondLimit = [] }) => beyondLimit),
  ])
  return [...names].map((name) => describeHost(name, standing))
}

function describeHost(name: string, standing: Standing): RotationHost {
  const { pair, leaves, services, observe } = standing
  const host = observe(name)
  const placement = pair.placements.find((each) => each.host === name)
  const own = services.filter((service) => service.host === name)
  const pools = own.filter(({ uses }) => uses.some((use) => use.pair === pair.id))
  if (!host)
    return {
      host: name,
      file: 'unknown',
      pools: pools.map((service) => ({ service: service.name, trusts: 'unknown', known: 'unknown' })),
      leaves: leaves
        .filter(({ placements }) => placements.some((each) => each.host === name))
        .map((leaf) => ({ name: leaf.name, where: 'disk', signedBy: 'unknown' })),
    }
  return {
    host: name,
    file: placement ? describeFiles(placement, host, standing) : 'neither',
    pools: pools.map((service) => describePool(service, placement, host, standing)),
    leaves: leaves.flatMap((leaf) => describeLeaf(leaf, host, own, standing)),
  }
}

/** Of its file and of its copies, all of them: what one of them lacks, somebody may not trust. */
function describeFiles(placement: Placement, host: HostActual, standing: Standing): Trusted {
  const each = placementFiles(placement)
    .filter(({ what }) => what === 'certificate')
    .map(({ file }) => describeFile(file.path, host, standing))
  const [first = 'neither'] = each
  return each.every((one) => one === first) ? first : each.includes('unknown') ? 'unknown' : narrowest(each)
}

/** Several that differ: what all of them trust is certain, and what only some do is still to be taken away or to come. */
function narrowest(each: readonly Trusted[]): Trusted {
  const hasAll = (one: Trusted) => each.every((other) => other === one || other === 'both')
  if (hasAll('old')) return 'old'
  return hasAll('new') ? 'both' : 'neither'
}

function describeFile(path: string, host: HostActual, { generations }: Standing): Trusted {
  const fact = host.certificates[path]
  if (fact?.kind === 'unreadable') return 'unknown'
  if (fact?.kind !== 'certificate') return 'neither'
  return classify(
    (each) => fact.certificates.some(({ fingerprint }) => fingerprint === each.fingerprint),
    generations,
  )
}

export function classify(trusts: (each: Certificate) => boolean, { wanted, other }: Generations): Trusted {
  const hasOld = other !== undefined && trusts(other)
  if (trusts(wanted)) return hasOld ? 'both' : 'new'
  return hasOld ? 'old' : 'neither'
}

function describePool(
  service: DesiredService,
  placement: Placement | undefined,
  host: HostActual,
  standing: Standing,
): RotationPool {
  const { pair, generations } = standing
  const fact = host.services[service.name] ?? { state: 'unknown' }
  const base = { service: service.name }
  const file = placement ? describeFile(placement.certificate.path, host, standing) : 'neither'
  const effect = service.uses.find((use) => use.pair === pair.id)?.effect
  if (effect === 'hot') return { ...base, trusts: file, known: 'file' }
  if (fact.state === 'inactive' || fact.state === 'failed') return { ...base, trusts: file, known: 'stopped' }
  const named = describeNames(fact, generations)
  if (named) return { ...base, ...named }
  const written = placement && host.certificates[placement.certificate.path]
  const isTakenUp =
    fact.state === 'active' &&
    fact.begun === undefined &&
    fact.startedMs !== undefined &&
    written?.kind === 'certificate' &&
    written.stat.modifiedMs <= fact.startedMs
  return isTakenUp
    ? { ...base, trusts: file, known: 'inferred' }
    : { ...base, trusts: 'unknown', known: 'unknown' }
}

/** Undefined: it does not say. Names that both generations bear say nothing. */
function describeNames(
  { trust }: ServiceFact,
  generations: Generations,
): Pick<RotationPool, 'trusts' | 'known'> | undefined {
  const { wanted, other } = generations
  const told = trust?.filter(({ kind }) => kind !== 'indifferent') ?? []
  if (told.length === 0 || wanted.subjectDer === other?.subjectDer) return undefined
  if (told.some(({ kind }) => kind === 'failed')) return { trusts: 'unknown', known: 'unknown' }
  const each = told.flatMap((fact) =>
    fact.kind === 'named' ? [classify(({ subjectDer }) => fact.names.includes(subjectDer), generations)] : [],
  )
  // Who names nobody trusts somebody all the same; and who names only others speaks for another authority.
  const about = each.filter((one) => one !== 'neither')
  const [first] = about
  if (!first) return undefined
  return { trusts: about.every((one) => one === first) ? first : narrowest(about), known: 'named' }
}

function describeLeaf(
  leaf: DesiredPair,
  host: HostActual,
  services: readonly DesiredService[],
  standing: Standing,
): RotationLeaf[] {
  const { name, id } = leaf
  const placement = leaf.placements.find((each) => each.host === host.host)
  const files = placement ? placementFiles(placement).filter(({ what }) => what === 'certificate') : []
  const onDisk = files.flatMap(({ file }): RotationLeaf[] => {
    const fact = host.certificates[file.path]
    if (fact?.kind === 'certificate')
      return [{ name, where: 'disk', signedBy: findSigner(fact.certificates, standing) }]
    return fact?.kind === 'unreadable' ? [{ name, where: 'disk', signedBy: 'unknown' }] : []
  })
  const served = services.flatMap(({ name: service, probe }): RotationLeaf[] => {
    if (probe?.kind !== 'tls' || probe.expect !== id) return []
    const fact = host.services[service]
    if (fact?.probe?.kind === 'served')
      return [{ name, where: 'served', signedBy: findSigner(fact.probe.certificates, standing) }]
    const isDown = fact?.state === 'inactive' || fact?.state === 'failed'
    return isDown ? [] : [{ name, where: 'served', signedBy: 'unknown' }]
  })
  return [...onDisk, ...served]
}

/** Who has signed it, directly or by way of others. A bridge makes others accept it, and makes it nobody else's. */
function findSigner(
  chain: readonly [Certificate, ...Certificate[]],
  { generations: { wanted, other }, at }: Standing,
): RotationLeaf['signedBy'] {
  const path = findPath(chain, [wanted], at)
  const isBridged =
    other !== undefined &&
    path?.slice(1, -1).some((each) => each.publicKey.spkiSha256 === other.publicKey.spkiSha256)
  if (path) return isBridged ? 'old' : 'new'
  return other && findPath(chain, [other], at) ? 'old' : 'neither'
}
