// Why no new pair is made, although one is needed. Decides only.
import type { DesiredPair } from '../model/desired.ts'
import type { WithheldIssue } from '../model/difference.ts'
import { type Candidate, findNewest } from './candidates.ts'
import { findCertificate } from './comparison.ts'
import { hasWantedKey } from './fitness.ts'
import { type Holds, isHeld, isWaiting, mayWrite } from './holds/hold.ts'
import { renewalTime } from './validity.ts'

interface Seen {
  readonly known: readonly Candidate[]
  readonly unseen: readonly string[]
  readonly births: readonly Candidate[]
}

/** Why no new pair is made, although it is needed. */
export function findObstacle(
  pair: DesiredPair,
  { known, unseen, births }: Seen,
  holds: Holds,
): Pick<WithheldIssue, 'why' | 'hosts'> | undefined {
  if (isHeld(holds, { what: 'issue', pair: pair.id })) return { why: 'held', hosts: [] }
  const hosts = known.map(({ placement }) => placement.host)
  const untouched = hosts.filter((host) => !mayWrite(holds, pair.id, host))
  const busy = [...hosts, ...unseen].filter((host) => isWaiting(holds, { what: 'host', host }))
  // The other run may be making it at this moment; what is about to expire does not wait for what may never end.
  if (busy.length > 0 && !isUrgent(pair, known)) return { why: 'left-alone', hosts: busy }
  const mustBeAll = pair.kind === 'authority' || isKeyElsewhere(pair, births, [...untouched, ...unseen])
  if (!mustBeAll) return births.length > 0 ? undefined : describe(unseen, untouched, holds)
  return unseen.length + untouched.length > 0 ? describe(unseen, untouched, holds) : undefined
}

/** The last tenth of the time that there is to renew it. */
const urgentShare = 10

/** Of a leaf that exists: an authority is not made in two places for any haste. */
function isUrgent(pair: DesiredPair, known: readonly Candidate[]): boolean {
  const newest = findNewest(known.filter(({ comparison }) => findCertificate(comparison)))
  const certificate = newest && findCertificate(newest.comparison)
  if (pair.kind === 'authority' || !certificate) return false
  const notAfter = Date.parse(certificate.notAfter)
  const windowMs = notAfter - renewalTime(pair, certificate).getTime()
  return newest.comparison.at.getTime() > notAfter - windowMs / urgentShare
}

/**
 * While the authority that is there still serves, it is not exchanged before all who trust it, and all that it has
 * signed, can follow in the same run.
 */
export function findStraggler(
  pair: DesiredPair,
  signs: readonly DesiredPair[],
  holds: Holds,
): Pick<WithheldIssue, 'why' | 'hosts' | 'followers'> | undefined {
  const stragglers = [pair, ...signs].flatMap(({ id, name, placements }) => {
    const isLeft = id !== pair.id && isHeld(holds, { what: 'issue', pair: id })
    return placements.flatMap(({ host }) => (isLeft || !mayWrite(holds, id, host) ? [{ name, host }] : []))
  })
  const beyond = [...new Set([pair, ...signs].flatMap(({ beyondLimit = [] }) => beyondLimit))]
  const hosts = [...new Set(stragglers.map(({ host }) => host))]
  if (hosts.length + beyond.length === 0) return undefined
  if (hosts.every((host) => holds.readOnly.has(host)))
    return { why: 'outside-limit', hosts: [...new Set([...hosts, ...beyond])] }
  const followers = stragglers.map(({ name, host }) => `${name} on ${host}`)
  return { why: 'cannot-follow', hosts, followers }
}

/** A key that has to stay could be where nobody can look. */
function isKeyElsewhere(pair: DesiredPair, births: readonly Candidate[], others: readonly string[]): boolean {
  return (
    pair.key.rotation === 'never' && others.length > 0 && !births.some((each) => hasWantedKey(pair, each))
  )
}

function describe(
  unseen: readonly string[],
  untouched: readonly string[],
  { readOnly }: Holds,
): Pick<WithheldIssue, 'why' | 'hosts'> {
  const outside = untouched.filter((host) => readOnly.has(host))
  if (unseen.length > 0) return { why: 'unseen', hosts: unseen }
  return outside.length > 0
    ? { why: 'outside-limit', hosts: outside }
    : { why: 'left-alone', hosts: untouched }
}
