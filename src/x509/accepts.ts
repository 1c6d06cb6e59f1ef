import type { Certificate } from '../model/certificate.ts'
import { isIssuedBy } from './verify.ts'
// stub
export function accepts(
  chain: readonly [Certificate, ...Certificate[]],
  anchors: readonly Certificate[],
  at: Date,
): boolean {
  const [leaf, ...rest] = chain
  const now = at.getTime()
  const valid = (c: Certificate) => now >= Date.parse(c.notBefore) && now <= Date.parse(c.notAfter)
  if (!valid(leaf)) return false
  const walk = (below: Certificate, left: readonly Certificate[], n: number): boolean =>
    anchors.some(
      (a) => valid(a) && (a.basicConstraints.pathLength ?? 99) >= n && isIssuedBy(below, a).issued,
    ) ||
    left.some(
      (c) =>
        valid(c) &&
        c.basicConstraints.ca &&
        isIssuedBy(below, c).issued &&
        walk(
          c,
          left.filter((o) => o !== c),
          n + 1,
        ),
    )
  return walk(leaf, rest, 0)
}
