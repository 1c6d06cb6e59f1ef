// A certificate that its own host would not verify: the authority that is there stays, and is not the one that signs it.
import { dirname } from 'node:path'
import type { Certificate } from '../../model/certificate.ts'
import type { FileDifference, PairDifference, PlacementDifference } from '../../model/difference.ts'
import { isIssuedBy } from '../../x509/verify.ts'
import { isSameIssuer } from '../same-issuer.ts'
import { type FindHolds, type Hold, placeOf } from './hold.ts'

/** What is there goes on working with the authority beside it; the two change together, or not at all. */
export const findUnverified: FindHolds = ({ pairs }) => {
  const byId = new Map(pairs.map((each) => [each.pair.id, each]))
  return pairs.flatMap((each) => {
    const authority = each.pair.authority === undefined ? undefined : byId.get(each.pair.authority)
    return authority ? each.placements.flatMap((placement) => judge(each, placement, authority)) : []
  })
}

function judge(
  difference: PairDifference,
  { placement: { address, host }, files }: PlacementDifference,
  authority: PairDifference,
): Hold[] {
  const { pair } = difference
  const around = authority.placements.find(({ placement }) => placement.host === host)
  if (!around) return []
  return files.flatMap((file): Hold[] => {
    const staying = file.write === 'content' ? findStaying(around, file) : undefined
    if (!staying || staying.certificates.some((each) => verifies(each, difference, authority))) return []
    const { name } = authority.pair
    return [
      {
        held: [placeOf(pair.id, host, file.copy)],
        problem: {
          address,
          host,
          ...(file.copy === 0 ? {} : { path: staying.path }),
          code: 'depends-on-blocked',
          message: `${pair.name} waits for ${name}: ${staying.path} stays as it is, and would not verify it`,
          hint: `see what holds back ${name} there, and mend or allow that; this follows by itself`,
          source: pair.source,
        },
      },
    ]
  })
}

/** The authority's certificate that will be there as it is now: its own on that host, or the one that a copy lies beside. */
function findStaying({ files }: PlacementDifference, { file, copy }: FileDifference) {
  const found = files.find(
    (each) =>
      each.what === 'certificate' &&
      (copy === 0 ? each.copy === 0 : each.copy > 0 && dirname(each.file.path) === dirname(file.path)),
  )
  return found?.fact.kind === 'certificate' && found.write !== 'content'
    ? { certificates: found.fact.certificates, path: found.file.path }
    : undefined
}

/** Whether it will be an issuer of what comes: a generation that is made in this run has a key identifier of its own. */
function verifies(
  staying: Certificate,
  { issue, current }: PairDifference,
  authority: PairDifference,
): boolean {
  const { signs } = authority
  if (signs?.bridge && isIssuedBy(signs.bridge, staying).issued) return true
  if (!issue) return !current || isIssuedBy(current, staying).issued
  if (signs) return isSameIssuer(staying, signs.certificate)
  return !authority.issue && authority.current !== undefined && isSameIssuer(staying, authority.current)
}
