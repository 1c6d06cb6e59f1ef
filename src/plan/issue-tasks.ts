import type { DesiredPair, Placement } from '../model/desired.ts'
import type { Difference, PairDifference, PlannedIssue } from '../model/difference.ts'
import type { IssueKey, IssueTask, Signer } from '../model/plan.ts'
import { type Batches, batchOf } from './batches.ts'

/** One task for each new certificate, authorities first. */
export function makeIssueTasks(difference: Difference, batches: Batches): IssueTask[] {
  const tasks = difference.pairs.flatMap((each): IssueTask[] => {
    const { pair, play, origin, issue } = each
    if (!issue || !origin) return []
    const written = findWritten(each)
    return [
      {
        kind: 'issue',
        id: `issue ${pair.id}`,
        batch: Math.min(...written.map(({ host }) => batchOf(batches, play, host))),
        pair: pair.id,
        host: origin.host,
        addresses: written.map(({ address }) => address),
        profile: makeProfile(pair, issue),
        key: chooseKey(each, issue),
        signer: chooseSigner(each, difference),
        includeChain: pair.includeChain,
        bridges: [],
      },
    ]
  })
  return tasks.map((task) => ({ ...task, batch: earliestNeed(task, tasks) }))
}

/** An authority is there before the first that it signs. */
function earliestNeed({ pair, batch }: IssueTask, tasks: readonly IssueTask[]): number {
  const signed = tasks.filter(({ signer }) => signer.by === 'planned' && signer.pair === pair)
  return Math.min(batch, ...signed.map((each) => earliestNeed(each, tasks)))
}

/** The hosts that get it in this run: it is issued as soon as one of them has its turn, wherever its key is born. */
function findWritten({ placements }: PairDifference): Placement[] {
  return placements
    .filter(({ files }) => files.some(({ write }) => write === 'content'))
    .map(({ placement }) => placement)
}

function makeProfile(pair: DesiredPair, { notBefore, notAfter }: PlannedIssue): IssueTask['profile'] {
  const { subject, subjectAltName, keyUsage, extendedKeyUsage, basicConstraints } = pair
  const dates = { notBefore: toSeconds(notBefore), notAfter: toSeconds(notAfter) }
  return { subject, subjectAltName, keyUsage, extendedKeyUsage, basicConstraints, ...dates }
}

/** X.509 knows whole seconds only (RFC 5280 §4.1.2.5). */
function toSeconds(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`
}

function chooseKey({ pair, origin, placements }: PairDifference, issue: PlannedIssue): IssueKey {
  const path = origin?.privateKeyPath ?? ''
  const files = placements.find(({ placement }) => placement === origin?.placement)?.files ?? []
  const file = files.find(({ what, copy }) => what === 'private-key' && !copy)
  const fact = file?.what === 'private-key' ? file.fact : undefined
  if (!issue.reuseKey || fact?.kind !== 'private-key') return { from: 'generated', path, ...pair.key }
  const { passphrase } = pair.key
  const { spkiSha256 } = fact.publicKey
  return { from: 'existing', path, spkiSha256, ...(passphrase === undefined ? {} : { passphrase }) }
}

function chooseSigner({ pair }: PairDifference, difference: Difference): Signer {
  const authority = difference.pairs.find((each) => each.pair.id === pair.authority)
  if (!authority) return { by: 'itself' }
  const { id, key } = authority.pair
  const supplied = authority.withheld ? undefined : authority.pair.supplied
  if (authority.issue) return { by: 'planned', pair: id }
  const chain = [...(authority.current ? [authority.current] : []), ...(authority.chain ?? [])].map(
    ({ pem }) => pem,
  )
  if (supplied?.key.kind === 'command') {
    const { argv, timeoutSeconds } = supplied.key
    return { by: 'command', pair: id, argv, timeoutSeconds, chain }
  }
  const reference = supplied ? supplied.key.passphrase : key.passphrase
  const passphrase = reference === undefined ? {} : { passphrase: reference }
  const { origin } = authority
  if (supplied && !origin)
    return { by: 'supplied', pair: id, keyPath: supplied.key.path, chain, ...passphrase }
  return {
    by: 'existing',
    pair: id,
    host: origin?.host ?? '',
    keyPath: origin?.privateKeyPath ?? '',
    chain,
    ...passphrase,
  }
}
