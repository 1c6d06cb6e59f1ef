// The expanded policies of all hosts of a play → its pairs, each with every place where it must be.
import type { DesiredPair, PairId, Placement, SuppliedPair } from '../model/desired.ts'
import type { Section } from './pair-context.ts'
import { type Member, placeFully, placeShared } from './pair-places.ts'
import { readPair } from './pair-spec.ts'
import type { RawAuthority, RawCertificate, RawPolicy } from './policy.ts'
import { complain, complainOfEntry, type Reading } from './reading.ts'
import { suggestOrList } from './suggest.ts'
import { addWaitingPlaces } from './waiting-places.ts'

export interface PlayPolicies {
  readonly reading: Reading
  /** In front of every id when there are several plays: `play1:`. */
  readonly prefix: string
  /** Per host of the play, in order. */
  readonly policies: ReadonlyMap<string, RawPolicy>
  /** Custom CAs, by authority. */
  readonly supplied: ReadonlyMap<string, SuppliedPair>
}

/** Authorities first, each behind the one that signs it. */
export function readPairs(play: PlayPolicies): DesiredPair[] {
  const authorities = orderAuthorities(play)
  const leaves = namesOf(play, 'certificates')
  return [
    ...authorities.flatMap((name) => readFamily(play, 'authorities', name)),
    ...leaves.flatMap((name) => readFamily(play, 'certificates', name)),
  ]
}

function namesOf({ policies }: PlayPolicies, section: Section): string[] {
  return [...new Set([...policies.values()].flatMap((policy) => Object.keys(policy[section] ?? {})))]
}

/** Signers first; a circle of authorities is told with its chain. */
function orderAuthorities(play: PlayPolicies): string[] {
  const [policy] = play.policies.values()
  const authorities = policy?.authorities ?? {}
  const ordered: string[] = []
  const visit = (name: string, path: readonly string[]): void => {
    if (ordered.includes(name)) return
    if (path.includes(name)) {
      const chain = [...path.slice(path.indexOf(name)), name].join(' → ')
      complain(play.reading, ['authorities', name, 'authority'], {
        code: 'authority-cycle',
        message: `authorities sign each other: ${chain}`,
      })
      return
    }
    const signer = authorities[name]?.authority
    if (signer !== undefined && authorities[signer]) visit(signer, [...path, name])
    if (!ordered.includes(name)) ordered.push(name)
  }
  for (const name of namesOf(play, 'authorities')) visit(name, [])
  return ordered
}

/** One name of the policy: one pair for all hosts, or one for each. */
function readFamily(play: PlayPolicies, section: Section, name: string): DesiredPair[] {
  const members = [...play.policies].flatMap(([host, policy]): Member[] => {
    const raw = policy[section]?.[name]
    const read = raw && readPair(play.reading, section, name, raw, policy.defaults)
    return raw && read ? [{ host, raw, ...read }] : []
  })
  const [first] = members
  if (!first || !checkAuthority(play, section, name, first.raw)) return []
  const isShared = section === 'authorities' || ('scope' in first.raw && first.raw.scope === 'shared')
  if (!isShared)
    return members.map((member) =>
      makePair(play, member, idOf(play, section, name, member.host), [placeFully(member)]),
    )
  const different = members.find(
    (member) => JSON.stringify(comparable(member)) !== JSON.stringify(comparable(first)),
  )
  if (different) {
    const message = `${name} is one pair for all hosts, and comes out differently for ${first.host} and ${different.host}`
    const hint = 'use only variables that are the same on all of them, or scope: per_host'
    complainOfEntry(play.reading, section, name, { code: 'shared-differs', message, hint })
    return []
  }
  return [makePair(play, first, idOf(play, section, name), placeShared(members))]
}

function idOf({ prefix }: PlayPolicies, section: Section, name: string, host?: string): PairId {
  const kind = section === 'authorities' ? 'authority' : 'certificate'
  return `${prefix}${kind}/${name}${host === undefined ? '' : `@${host}`}`
}

function comparable({ spec, raw }: Member): unknown {
  return { ...spec, held: 'held_by' in raw ? raw.held_by : undefined, authority: raw.authority }
}

function checkAuthority(
  play: PlayPolicies,
  section: Section,
  name: string,
  raw: RawAuthority | RawCertificate,
): boolean {
  const known = namesOf(play, 'authorities')
  if (raw.authority === undefined || known.includes(raw.authority)) return true
  const complaint = {
    code: 'unknown-authority',
    message: `there is no authority "${raw.authority}"`,
    hint: suggestOrList(raw.authority, known),
  }
  complain(play.reading, [section, name, 'authority'], complaint)
  return false
}

function makePair(
  play: PlayPolicies,
  { spec, raw }: Member,
  id: PairId,
  placements: Placement[],
): DesiredPair {
  const supplied = spec.kind === 'authority' ? play.supplied.get(spec.name) : undefined
  const authority =
    raw.authority === undefined || supplied ? undefined : idOf(play, 'authorities', raw.authority)
  return {
    id,
    ...spec,
    // A supplied key that is encrypted is installed as it is, and opened with its own passphrase.
    ...(supplied?.key.kind === 'file' && supplied.key.passphrase !== undefined
      ? { key: { ...spec.key, passphrase: supplied.key.passphrase } }
      : {}),
    ...(authority === undefined ? {} : { authority }),
    ...(supplied ? { supplied } : {}),
    placements: spec.rotation ? addWaitingPlaces(placements) : placements,
  }
}
