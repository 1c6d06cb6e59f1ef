import type { Difference, PairDifference } from '../model/difference.ts'

/**
 * A host is left alone when something on it needs a human, and so is every host that would need something from it:
 * a signature, or a pair that only it may hold. Hosts outside `--limit` (read-only) are left alone too; what can be
 * read from them is, and what would have to be issued there cannot be had.
 */
export function spreadProblems(
  { pairs, ...difference }: Pick<Difference, 'pairs' | 'problems' | 'blockedHosts'>,
  readOnly: ReadonlySet<string>,
): Pick<Difference, 'problems' | 'blockedHosts'> {
  const hosts = new Set(difference.blockedHosts)
  const problems = difference.problems.filter(({ host }) => !readOnly.has(host))
  for (let before = -1; before < hosts.size; ) {
    before = hosts.size
    for (const each of pairs) {
      const obstacle = findObstacle(each, pairs, hosts, readOnly)
      if (!obstacle) continue
      for (const { host, address } of each.pair.placements) {
        if (hosts.has(host)) continue
        hosts.add(host)
        if (!readOnly.has(host)) problems.push({ address, host, ...obstacle, source: each.pair.source })
      }
    }
  }
  return { problems, blockedHosts: new Set([...hosts, ...readOnly]) }
}

type Obstacle = Pick<Difference['problems'][number], 'code' | 'message' | 'hint'>

function findObstacle(
  { pair, origin, issue, placements }: PairDifference,
  pairs: readonly PairDifference[],
  hosts: ReadonlySet<string>,
  readOnly: ReadonlySet<string>,
): Obstacle | undefined {
  if (pair.supplied) return undefined
  if (!origin) return blocked(`${pair.name} may be on a host that cannot be asked`)
  const incomplete = placements.some(
    ({ placement, files }) => !readOnly.has(placement.host) && files.some(({ write }) => write === 'content'),
  )
  if (!incomplete) return undefined
  if (hosts.has(origin.host)) return blocked(`${pair.name} would come from ${origin.host}, which is blocked`)
  if (issue && readOnly.has(origin.host)) return outsideLimit(pair.name, origin.host)
  const signer = issue && pairs.find((each) => each.pair.id === pair.authority)
  if (!signer || signer.pair.supplied) return undefined
  if (!signer.origin || hosts.has(signer.origin.host))
    return blocked(
      `${pair.name} would be signed on ${signer.origin?.host ?? 'a host that cannot be asked'}, which is blocked`,
    )
  return signer.issue && readOnly.has(signer.origin.host)
    ? outsideLimit(signer.pair.name, signer.origin.host)
    : undefined
}

function blocked(message: string): Obstacle {
  return { code: 'depends-on-blocked', message, hint: 'mend that host first; this one follows by itself' }
}

function outsideLimit(name: string, host: string): Obstacle {
  const message = `${name} has to be issued on ${host}, which --limit leaves out`
  return { code: 'outside-limit', message, hint: `run without --limit, or add ${host} to it` }
}
