import type { Certificate } from '../model/certificate.ts'
import type { DesiredPair, PairId, Placement, SuppliedPair } from '../model/desired.ts'
import type { Difference, PairDifference, PlannedIssue } from '../model/difference.ts'
import { isOnSchedule } from '../model/on-schedule.ts'
import type { IssueKey, IssueTask, Signer } from '../model/plan.ts'
import { makeBridgeProfile } from '../x509/bridge.ts'
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
        due: isOnSchedule(each, difference.pairs),
        profile: makeProfile(pair, issue),
        key: chooseKey(each, issue),
        signer: chooseSigner(pair.authority, difference),
        includeChain: pair.includeChain,
        bridges: findBridges(pair, difference),
        ...crossSign(each, difference),
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

/** What an intermediate of the same plan is followed by follows below it as well: it is in no file yet. */
function findBridges({ authority: id }: DesiredPair, difference: Difference): string[] {
  const authority = difference.pairs.find(({ pair }) => pair.id === id)
  if (!authority) return []
  if (authority.issue) return findBridges(authority.pair, difference)
  const bridge = authority.signs?.bridge
  return bridge ? [bridge.pem] : []
}

/** A new trust anchor gets a second certificate, from the one that is trusted already. */
function crossSign({ pair, issue }: PairDifference, difference: Difference): Pick<IssueTask, 'crossSigned'> {
  const by = difference.pairs.find((each) => each.pair.id === issue?.crossSign)
  const old = by?.signs?.certificate
  if (!issue || !by || !old) return {}
  const profile = makeBridgeProfile(makeProfile(pair, issue), old)
  return { crossSigned: { signer: chooseSigner(by.pair.id, difference), profile } }
}

function chooseSigner(id: PairId | undefined, difference: Difference): Signer {
  const authority = difference.pairs.find((each) => each.pair.id === id)
  if (!authority) return { by: 'itself' }
  const { pair, signs, issue } = authority
  if (issue) return { by: 'planned', pair: pair.id }
  const current = signs?.certificate ?? authority.current
  const supplied = isSupplied(authority, current) ? pair.supplied : undefined
  const above = signs && !supplied ? [] : (authority.chain ?? [])
  const chain = [...(current ? [current] : []), ...above].map(({ pem }) => pem)
  const origin = signs ? signs.origin : authority.origin
  if (supplied && (supplied.key.kind === 'command' || !origin))
    return describeSupplied(pair.id, supplied, chain)
  const reference = supplied?.key.kind === 'file' ? supplied.key.passphrase : pair.key.passphrase
  const passphrase = reference === undefined ? {} : { passphrase: reference }
  return {
    by: 'existing',
    pair: pair.id,
    host: origin?.host ?? '',
    keyPath: origin?.privateKeyPath ?? '',
    chain,
    ...passphrase,
  }
}

/** Its key is on no host: in a file of the control node, or where only a command can use it. */
export function describeSupplied(pair: PairId, { key }: SuppliedPair, chain: readonly string[]): Signer {
  if (key.kind === 'command')
    return { by: 'command', pair, argv: key.argv, timeoutSeconds: key.timeoutSeconds, chain }
  const passphrase = key.passphrase === undefined ? {} : { passphrase: key.passphrase }
  return { by: 'supplied', pair, keyPath: key.path, chain, ...passphrase }
}

/** It is the custom CA itself, and not what it is to take the place of. */
function isSupplied({ pair, withheld }: PairDifference, current: Certificate | undefined): boolean {
  return !withheld && pair.supplied?.certificates[0].fingerprint === current?.fingerprint
}
