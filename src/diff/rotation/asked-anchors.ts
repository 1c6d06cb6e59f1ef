// Whom a service has to trust once it has taken up its file as planned, whom no longer, and where their keys are. Pure.
import type { Certificate } from '../../model/certificate.ts'
import type { DesiredService, PairId } from '../../model/desired.ts'
import type { AskedAnchor, FileDifference, Origin, PairDifference } from '../../model/difference.ts'
import { findPlacement } from '../service-context.ts'

type Pairs = ReadonlyMap<PairId, PairDifference>

/** Empty where it is not told whom to trust, or nothing is on its way. */
export function findAskedAnchors(service: DesiredService, pairs: Pairs): AskedAnchor[] {
  if (!service.probe || service.probe.trust.length === 0) return []
  return service.uses.flatMap(({ pair: id, effect }) => {
    const difference = effect === 'hot' ? undefined : pairs.get(id)
    return difference?.rotation ? findGenerations(difference, service.host, pairs) : []
  })
}

/** What one of them has signed is signed by any other of its name and key as well: it cannot be told apart. */
function findGenerations(difference: PairDifference, host: string, pairs: Pairs): AskedAnchor[] {
  const { pair, rotation } = difference
  const file = findPlacement(difference, host)?.files.find(isMain)
  const trusted = file && findTrusted(difference, file)
  if (!trusted) return []
  const gone = [rotation?.wanted, rotation?.other].filter(
    (each): each is Certificate =>
      each !== undefined && !trusted.some((other) => other !== 'issued' && isAlike(each, other)),
  )
  const describe = (certificate: Certificate | 'issued', isTrusted: boolean): AskedAnchor =>
    certificate === 'issued'
      ? { pair, isTrusted, keys: [] }
      : { pair, certificate, isTrusted, keys: findKeys(certificate, difference, pairs) }
  return [...trusted.map((each) => describe(each, true)), ...gone.map((each) => describe(each, false))]
}

function isMain({ copy, what }: FileDifference): boolean {
  return copy === 0 && what === 'certificate'
}

function isAlike(one: Certificate, other: Certificate): boolean {
  return one.subjectDer === other.subjectDer && one.publicKey.spkiSha256 === other.publicKey.spkiSha256
}

/** What its file will hold. */
function findTrusted(
  { issue, current, chain = [] }: PairDifference,
  file: FileDifference,
): (Certificate | 'issued')[] | undefined {
  if (file.write === 'content' && issue) return ['issued']
  if (file.write === 'content' && current) return [current, ...(file.followedBy ?? chain)]
  return file.what === 'certificate' && file.fact.kind === 'certificate'
    ? [...file.fact.certificates]
    : undefined
}

/** A key may move in the very plan that needs it, on one host before and on another after. */
function findKeys(
  { publicKey: { spkiSha256 } }: Certificate,
  { pair }: PairDifference,
  pairs: Pairs,
): Origin[] {
  const places = [pair.id, `${pair.id}.next`, `${pair.id}.previous`].flatMap((id) => pairs.get(id) ?? [])
  const found = [
    ...places.flatMap((each) => findPlanned(each, spkiSha256)),
    ...places.flatMap((each) => findPresent(each, spkiSha256)),
  ]
  return [
    ...new Map(found.map((origin) => [`${origin.host} ${origin.privateKeyPath}`, origin] as const)).values(),
  ]
}

function findPlanned({ placements, current, issue }: PairDifference, spkiSha256: string): Origin[] {
  return placements.flatMap(({ placement, files }) =>
    files.flatMap(({ file, what, copy, write, fact }): Origin[] => {
      if (what !== 'private-key' || copy > 0 || write === 'removal') return []
      const present = fact.kind === 'private-key' ? fact.publicKey.spkiSha256 : undefined
      const key = write === 'content' ? !issue && current?.publicKey.spkiSha256 : present
      return key === spkiSha256
        ? [{ host: placement.host, placement, privateKeyPath: file.path, usable: true }]
        : []
    }),
  )
}

function findPresent({ origin, current, signs }: PairDifference, spkiSha256: string): Origin[] {
  const own = current?.publicKey.spkiSha256 === spkiSha256 && origin ? [origin] : []
  const signing = signs?.certificate.publicKey.spkiSha256 === spkiSha256 && signs.origin ? [signs.origin] : []
  return [...own, ...signing]
}
