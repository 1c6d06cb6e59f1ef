import type { Certificate } from '../model/certificate.ts'
import type { IssueProfile } from '../model/plan.ts'
// stub
export function makeBridgeProfile(wanted: IssueProfile, old: Certificate): IssueProfile {
  const pathLength = Math.min(
    wanted.basicConstraints.pathLength ?? 9,
    (old.basicConstraints.pathLength ?? 9) - 1,
  )
  return {
    ...wanted,
    basicConstraints: { ca: true, pathLength },
    notBefore: wanted.notBefore > old.notBefore ? wanted.notBefore : old.notBefore,
    notAfter: wanted.notAfter < old.notAfter ? wanted.notAfter : old.notAfter,
  }
}
export function findBridgeObstacle(old: Certificate): string | undefined {
  return old.basicConstraints.pathLength === 0 ? 'its path length is 0' : undefined
}
