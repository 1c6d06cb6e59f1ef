// The generations of a trust anchor, as they lie beside its key: the one in use, and the two places of a rotation. Pure.
import type { Actual, HostActual } from '../../model/actual.ts'
import type { Certificate } from '../../model/certificate.ts'
import type { DesiredPair, Placement, WaitingRole } from '../../model/desired.ts'
import type { Origin } from '../../model/difference.ts'
import { type Holds, mayRead } from '../holds/hold.ts'
import { isTrustedOwner } from '../parts.ts'

/** Of two trust anchors, the one that is wanted and the one that is to be distrusted. */
export interface Generations {
  readonly wanted: Certificate
  /** Absent: nothing of it is left. */
  readonly other?: Certificate
  /** The wanted one stands where the authority is in use, on some host that holds it. */
  readonly isMoved: boolean
  /** It still waits at its place beside: it moved because all accepted it. */
  readonly isSeenByAll: boolean
  /** Certificates of either that something else has signed. */
  readonly bridges: readonly Certificate[]
  /** Since when there have been two, in ms since the epoch, by the host that holds them. */
  readonly sinceMs?: number
}

interface Seen {
  readonly actual: Actual
  readonly mayRead: (host: string) => boolean
}

export function seenIn({ actual, holds }: { readonly actual: Actual; readonly holds: Holds }): Seen {
  return { actual, mayRead: (host) => mayRead(holds, host) }
}

/** Undefined: one alone is there, or none. */
export function findGenerations(pair: DesiredPair, seen: Seen): Generations | undefined {
  const next = findWaiting(pair, 'next', seen)
  const previous = findWaiting(pair, 'previous', seen)
  // A turn that was stopped between two hosts: what was written last is meant.
  const isTurned = next && previous && next.certificate.fingerprint === previous.certificate.fingerprint
  const wants = isTurned && next.modifiedMs <= previous.modifiedMs ? undefined : next
  const leaves = isTurned && wants ? undefined : previous
  const bridges = findDistinct([...(next?.bridges ?? []), ...(previous?.bridges ?? [])])
  const mains = findMains(pair, seen)
  const supplied = pair.supplied?.certificates[0]
  const wanted = supplied ?? wants?.certificate ?? mains.find((each) => !isSame(each, leaves?.certificate))
  const main = wanted && findOther(pair, mains, wanted)
  const isPending = supplied ? main !== undefined && !isRenewedAlone(main, supplied) : wants !== undefined
  if (!wanted || (!isPending && !leaves)) return undefined
  const other = main ?? (isSame(leaves?.certificate, wanted) ? undefined : leaves?.certificate)
  const times = [next, previous].flatMap((each) => (each ? [each.modifiedMs] : []))
  return {
    wanted,
    ...(other ? { other } : {}),
    isMoved: mains.some((each) => isSame(each, wanted)),
    isSeenByAll: mains.some((each) => isSame(each, wanted)) && isSame(wants?.certificate, wanted),
    bridges,
    ...(times.length === 0 ? {} : { sinceMs: Math.min(...times) }),
  }
}

/**
 * What is in use and is not wanted. Where no host holds a key, all have to be of one mind about it: whoever lies must not
 * have the others trust what he pleases.
 */
function findOther(pair: DesiredPair, mains: readonly Certificate[], wanted: Certificate) {
  const others = mains.filter((each) => !isSame(each, wanted))
  const isHeld = pair.placements.some(({ privateKey }) => privateKey)
  return isHeld || others.every((each) => isSame(each, others[0])) ? others[0] : undefined
}

/** Another certificate for the same name and key: who trusts the one believes what the other signs. */
function isRenewedAlone(one: Certificate, other: Certificate): boolean {
  return one.subjectDer === other.subjectDer && one.publicKey.spkiSha256 === other.publicKey.spkiSha256
}

function isSame(one: Certificate | undefined, other: Certificate | undefined): boolean {
  return one !== undefined && one.fingerprint === other?.fingerprint
}

/** While both places are there, either of them holds the bridge. */
function findDistinct(certificates: readonly Certificate[]): Certificate[] {
  return [...new Map(certificates.map((each) => [each.fingerprint, each])).values()]
}

/** Placements where the authority is held: those that have places for its generations. */
export function findHolders({ placements }: DesiredPair): Placement[] {
  return placements.filter(({ waiting }) => waiting)
}

interface Waiting {
  readonly certificate: Certificate
  readonly bridges: readonly Certificate[]
  readonly modifiedMs: number
}

/**
 * What lies at the waiting place, on whichever host it was written last. Whoever owns the folder alone, and not what lies
 * in it as certwright would put it there, is not to say whom all others trust.
 */
function findWaiting(pair: DesiredPair, role: WaitingRole, seen: Seen): Waiting | undefined {
  const found = findHolders(pair).flatMap((holder): Waiting[] => {
    const host = findHost(holder, seen)
    const file = holder.waiting?.[role].certificate
    const fact = file && host?.certificates[file.path]
    if (!file || fact?.kind !== 'certificate' || !isTrustedOwner(file, fact.stat, host)) return []
    const [certificate, ...bridges] = fact.certificates
    return [{ certificate, bridges, modifiedMs: fact.stat.modifiedMs }]
  })
  return found.toSorted((a, b) => b.modifiedMs - a.modifiedMs)[0]
}

/** One of the places cannot be looked into: what is wanted, and what holds leaves and trust together, is not known. */
export function isObscured(pair: DesiredPair, seen: Seen): boolean {
  return findHolders(pair).some((holder) => {
    const certificates = findHost(holder, seen)?.certificates
    return Object.values(holder.waiting ?? {}).some(
      ({ certificate }) => certificates?.[certificate.path]?.kind === 'unreadable',
    )
  })
}

/** What stands where the authority is held. Those who only trust it have no say in who it is. */
export function findMains(pair: DesiredPair, seen: Seen): Certificate[] {
  return findHolders(pair).flatMap((placement) => {
    const fact = findHost(placement, seen)?.certificates[placement.certificate.path]
    return fact?.kind === 'certificate' ? [fact.certificates[0]] : []
  })
}

function findHost({ host }: Placement, { actual, mayRead }: Seen): HostActual | undefined {
  const fact = actual.hosts[host]
  return fact?.kind === 'observed' && mayRead(host) ? fact : undefined
}

/** Where a key lies, in whichever of the places it is now; undefined: in none that can be read. */
export function findKey(pair: DesiredPair, spkiSha256: string, seen: Seen): Origin | undefined {
  for (const placement of findHolders(pair)) {
    const host = findHost(placement, seen)
    const path = host && findKeyOn(placement, spkiSha256, host)
    if (path !== undefined) return { host: placement.host, placement, privateKeyPath: path, usable: true }
  }
  return undefined
}

/** Where on one host; what waits comes first, for it stays where it is while the others change. */
export function findKeyOn(
  { privateKey, waiting }: Placement,
  spkiSha256: string,
  { privateKeys }: HostActual,
): string | undefined {
  const paths = [waiting?.next.privateKey, waiting?.previous.privateKey, privateKey]
  return paths
    .flatMap((file) => (file ? [file.path] : []))
    .find((path) => {
      const fact = privateKeys[path]
      return fact?.kind === 'private-key' && fact.publicKey.spkiSha256 === spkiSha256
    })
}
