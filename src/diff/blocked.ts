import type { Difference, PairDifference } from '../model/difference.ts'

/**
 * A host is left alone when something on it needs a human, and so is every host that would need something from it:
 * a signature, or a pair that only it may hold. Hosts outside `--limit` (read-only) are left alone too; what can be
 * read from them is, and what would have to be issued there cannot be had.
 */
export function spreadProblems(
  { pairs, ...difference }: Pick<Difference, 'pairs' | 'problems' | 'blockedHosts' | 'heldHosts'>,
  readOnly: ReadonlySet<string>,
): Pick<Difference, 'problems' | 'blockedHosts' | 'heldHosts'> {
  const hosts = new Set(difference.blockedHosts)
  const held = new Set(difference.heldHosts)
  const problems = difference.problems.filter(({ host }) => !readOnly.has(host))
  for (let before = -1; before < hosts.size; ) {
    before = hosts.size
    for (const each of pairs) {
      const obstacle = findObstacle(each, { pairs, hosts, held, readOnly })
      if (!obstacle) continue
      for (const { host, address } of each.pair.placements) {
        if (hosts.has(host)) continue
        hosts.add(host)
        if (obstacle.code === 'depends-on-held') held.add(host)
        if (!readOnly.has(host)) problems.push({ address, host, ...obstacle, source: each.pair.source })
      }
    }
  }
  return { problems, blockedHosts: new Set([...hosts, ...readOnly]), heldHosts: held }
}

type Obstacle = Pick<Difference['problems'][number], 'code' | 'message' | 'hint'>

interface Blocked {
  readonly pairs: readonly PairDifference[]
  readonly hosts: ReadonlySet<string>
  readonly held: ReadonlySet<string>
  readonly readOnly: ReadonlySet<string>
}

function findObstacle(
  { pair, origin, issue, placements }: PairDifference,
  { pairs, hosts, held, readOnly }: Blocked,
): Obstacle | undefined {
  if (pair.supplied) return undefined
  const holdersOf = ({ placements: all }: PairDifference['pair']) =>
    all.flatMap(({ host, privateKey }) => (privateKey && hosts.has(host) ? [host] : []))
  const blocked = (message: string, by: readonly string[]): Obstacle =>
    by.length > 0 && by.every((host) => held.has(host)) ? waits(message) : isBlocked(message)
  if (!origin) return blocked(`${pair.name} may be on a host that cannot be asked`, holdersOf(pair))
  const incomplete = placements.some(
    ({ placement, files }) => !readOnly.has(placement.host) && files.some(({ write }) => write === 'content'),
  )
  if (!incomplete) return undefined
  if (hosts.has(origin.host))
    return blocked(`${pair.name} would come from ${origin.host}, which is blocked`, [origin.host])
  if (issue && readOnly.has(origin.host)) return outsideLimit(pair.name, origin.host)
  const signer = issue && pairs.find((each) => each.pair.id === pair.authority)
  if (!signer || signer.pair.supplied) return undefined
  if (!signer.origin || hosts.has(signer.origin.host))
    return blocked(
      `${pair.name} would be signed on ${signer.origin?.host ?? 'a host that cannot be asked'}, which is blocked`,
      signer.origin ? [signer.origin.host] : holdersOf(signer.pair),
    )
  return signer.issue && readOnly.has(signer.origin.host)
    ? outsideLimit(signer.pair.name, signer.origin.host)
    : undefined
}

/** Another run is at work there, and will have ended when the next one comes. */
function waits(message: string): Obstacle {
  return {
    code: 'depends-on-held',
    message,
    hint: 'the next run follows by itself; or let this one wait: --lock-timeout 10m',
  }
}

function isBlocked(message: string): Obstacle {
  return { code: 'depends-on-blocked', message, hint: 'mend that host first; this one follows by itself' }
}

function outsideLimit(name: string, host: string): Obstacle {
  const message = `${name} has to be issued on ${host}, which --limit leaves out`
  return { code: 'outside-limit', message, hint: `run without --limit, or add ${host} to it` }
}
