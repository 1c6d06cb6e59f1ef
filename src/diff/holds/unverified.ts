// A certificate that its own host would not verify: the authority that is there stays, and is not the one that signs it.
import type { Certificate } from '../../model/certificate.ts'
import type { PairDifference, PlacementDifference } from '../../model/difference.ts'
import { isIssuedBy } from '../../x509/verify.ts'
import type { FindHolds, Hold } from './hold.ts'

/** What is there goes on working with the authority beside it; the two change together, or not at all. */
export const findUnverified: FindHolds = ({ pairs }) => {
  const byId = new Map(pairs.map((each) => [each.pair.id, each]))
  return pairs.flatMap((each) => {
    const authority = each.pair.authority === undefined ? undefined : byId.get(each.pair.authority)
    if (!authority) return []
    const written = each.placements.filter(({ files }) => files.some(({ write }) => write === 'content'))
    return written.flatMap((placement) => judge(each, placement, authority))
  })
}

function judge(
  difference: PairDifference,
  { placement: { address, host } }: PlacementDifference,
  authority: PairDifference,
): Hold[] {
  const { pair } = difference
  const beside = authority.placements.find(({ placement }) => placement.host === host)
  const staying = beside && findStaying(beside)
  if (!staying || verifies(staying, difference, authority)) return []
  const { path } = beside.placement.certificate
  return [
    {
      held: [{ what: 'placement', pair: pair.id, host }],
      problem: {
        address,
        host,
        code: 'depends-on-blocked',
        message: `${pair.name} waits for ${authority.pair.name}: ${path} stays as it is, and would not verify it`,
        hint: `see what holds back ${authority.pair.name} there, and mend or allow that; this follows by itself`,
        source: pair.source,
      },
    },
  ]
}

/** The authority's certificate that will be there as it is now. */
function findStaying({ files }: PlacementDifference): Certificate | undefined {
  const own = files.find(({ what, copy }) => what === 'certificate' && copy === 0)
  return own?.fact.kind === 'certificate' && own.write !== 'content' ? own.fact.certificates[0] : undefined
}

/** Whether it will be an issuer of what comes: as it is known, or by the key that will sign it. */
function verifies(
  staying: Certificate,
  { issue, current }: PairDifference,
  authority: PairDifference,
): boolean {
  if (!issue) return !current || isIssuedBy(current, staying).issued
  const { issue: renewal, current: signer } = authority
  if (!signer || (renewal && !renewal.reuseKey)) return false
  return (
    staying.subjectDer === signer.subjectDer &&
    staying.publicKey.spkiSha256 === signer.publicKey.spkiSha256 &&
    (staying.subjectKeyId === undefined || staying.subjectKeyId === signer.subjectKeyId)
  )
}
