// How far a rotation has come, and what the next phase waits for: a function of where the hosts stand. Decides only.
import type { RotationHost, RotationPhase, RotationWait } from '../../model/difference.ts'

export interface Reached {
  readonly phase: Extract<RotationPhase, 'trust' | 'sign' | 'distrust' | 'finish'>
  /** What is lacking before the phase after it may begin. */
  readonly waits: readonly RotationWait[]
}

interface Way {
  readonly hosts: readonly RotationHost[]
  readonly isMoved: boolean
  /** It moved where it is in use when all had been seen to accept it, and not because the two exchanged their places. */
  readonly isSeenByAll: boolean
  /** Chains of the new one are accepted by whoever trusts the old one. */
  readonly isBridged: boolean
}

/**
 * 1. The new one signs as soon as every trust file and every running pool, on every host, would accept its chain; with a
 *    bridge, that is at once. 2. The old one is trusted as long as some leaf, on disk or served, needs it.
 * What could not be looked at is taken not to accept, and to need it.
 */
export function findPhase({ hosts, isMoved, isSeenByAll, isBridged }: Way): Reached {
  const waits = isBridged ? [] : hosts.flatMap((each) => findDistrustful(each, isSeenByAll))
  if (waits.length > 0) return { phase: 'trust', waits }
  const needing = hosts.flatMap(findNeeding)
  if (needing.length > 0) return { phase: 'sign', waits: needing }
  const trusting = hosts.flatMap(findTrusting)
  if (!isMoved || trusting.length > 0) return { phase: 'distrust', waits: trusting }
  return { phase: 'finish', waits: [] }
}

/** Files and pools that would turn away what the new one signs; once all had been seen to accept it, those that surely do. */
function findDistrustful({ host, file, pools }: RotationHost, isSeenByAll: boolean): RotationWait[] {
  if (file === 'unknown') return isSeenByAll ? [] : [unobserved(host)]
  const lacking: RotationWait[] =
    file === 'old' ? [{ host, what: 'file', message: `the trust file on ${host}` }] : []
  const accepts = ({ trusts }: RotationHost['pools'][number]) =>
    isNew(trusts) || (isSeenByAll && trusts === 'unknown')
  return [...lacking, ...pools.flatMap((pool) => (accepts(pool) ? [] : describePool(host, pool)))]
}

function findNeeding({ host, file, leaves }: RotationHost): RotationWait[] {
  if (file === 'unknown') return [unobserved(host)]
  return leaves.flatMap(({ name, where, signedBy }): RotationWait[] => {
    if (signedBy === 'new' || signedBy === 'neither') return []
    const what = where === 'disk' ? `${name} on ${host}` : `${name} as it is served on ${host}`
    return [{ host, what: 'leaf', message: signedBy === 'unknown' ? `a look at ${what}` : what }]
  })
}

/** Files and pools that trust the old one, or may. */
function findTrusting({ host, file, pools }: RotationHost): RotationWait[] {
  if (file === 'unknown') return [unobserved(host)]
  const files: RotationWait[] =
    file === 'old' || file === 'both' ? [{ host, what: 'file', message: `the trust file on ${host}` }] : []
  return [...files, ...pools.flatMap((pool) => (pool.trusts === 'new' ? [] : describePool(host, pool)))]
}

function isNew(trusts: RotationHost['file']): boolean {
  return trusts === 'new' || trusts === 'both'
}

function describePool(
  host: string,
  { service, trusts, known }: RotationHost['pools'][number],
): RotationWait[] {
  // A stopped one reads its file when it starts; a file that is not there yet is told as such.
  if (known === 'stopped' || trusts === 'neither') return []
  const message =
    trusts === 'unknown'
      ? `proof of whom ${service} on ${host} trusts`
      : `${service} on ${host}, which has to start again`
  return [{ host, service, what: 'pool', message }]
}

function unobserved(host: string): RotationWait {
  return { host, what: 'unobserved', message: `${host}, which could not be looked at` }
}
