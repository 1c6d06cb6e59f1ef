import type { Difference, PairDifference } from '../model/difference.ts'

/**
 * A host is left alone when something on it needs a human, and so is every host that would need something from it:
 * a signature, or a pair that only it may hold.
 */
export function spreadProblems({
  pairs,
  ...difference
}: Pick<Difference, 'pairs' | 'problems' | 'blockedHosts'>): Pick<Difference, 'problems' | 'blockedHosts'> {
  const hosts = new Set(difference.blockedHosts)
  const problems = [...difference.problems]
  for (let before = -1; before < hosts.size; ) {
    before = hosts.size
    for (const each of pairs) {
      const cause = findObstacle(each, pairs, hosts)
      if (cause === undefined) continue
      for (const { host, address } of each.pair.placements) {
        if (hosts.has(host)) continue
        hosts.add(host)
        problems.push({
          address,
          host,
          code: 'depends-on-blocked',
          message: cause,
          hint: 'mend that host first; this one follows by itself',
          source: each.pair.source,
        })
      }
    }
  }
  return { problems, blockedHosts: hosts }
}

function findObstacle(
  { pair, origin, issue, placements }: PairDifference,
  pairs: readonly PairDifference[],
  hosts: ReadonlySet<string>,
): string | undefined {
  if (pair.supplied) return undefined
  if (!origin) return `${pair.name} may be on a host that cannot be asked`
  const incomplete = placements.some(({ files }) => files.some(({ write }) => write === 'content'))
  if (!incomplete) return undefined
  if (hosts.has(origin.host)) return `${pair.name} would come from ${origin.host}, which is blocked`
  const signer = issue && pairs.find((each) => each.pair.id === pair.authority)
  if (!signer || signer.pair.supplied) return undefined
  if (!signer.origin || hosts.has(signer.origin.host))
    return `${pair.name} would be signed on ${signer.origin?.host ?? 'a host that cannot be asked'}, which is blocked`
  return undefined
}
