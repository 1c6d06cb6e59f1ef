// `--limit`: what is wanted on some hosts only. The others are left alone, and looked at only where a pair's key is
// theirs too: whether a shared pair is in order cannot be told from a part of its places.
import {
  controlHost,
  type Desired,
  type DesiredPair,
  type DesiredPlay,
  type PairId,
} from '../model/desired.ts'

export function limitDesired(desired: Desired, chosen: ReadonlySet<string>): Desired {
  const mayChange = (host: string) => host === controlHost || chosen.has(host)
  const plays = desired.plays
    .filter(({ batches }) => batches.flat().some((host) => chosen.has(host)))
    .map((play) => limitPlay(play, mayChange))
  const needed = new Set([
    ...plays.flatMap(({ batches }) => batches.flat()),
    ...plays.flatMap(({ pairs }) => pairs.flatMap(({ placements }) => placements.map(({ host }) => host))),
  ])
  const hosts = Object.entries(desired.hosts).filter(([name]) => needed.has(name))
  return {
    ...desired,
    plays,
    hosts: Object.fromEntries(hosts),
    readOnlyHosts: [...needed].filter((host) => !mayChange(host)),
  }
}

function limitPlay(play: DesiredPlay, mayChange: (host: string) => boolean): DesiredPlay {
  const wanted = withAuthorities(
    play.pairs,
    play.pairs.filter(({ placements }) => placements.some(({ host }) => mayChange(host))),
  )
  const isNeeded = ({ host, privateKey }: DesiredPair['placements'][number]) =>
    mayChange(host) || privateKey !== undefined
  return {
    ...play,
    batches: play.batches.map((batch) => batch.filter(mayChange)).filter((batch) => batch.length > 0),
    pairs: play.pairs
      .filter(({ id }) => wanted.has(id))
      .map((pair) => ({
        ...pair,
        placements: pair.placements.filter(isNeeded),
        beyondLimit: pair.placements.flatMap((each) => (isNeeded(each) ? [] : [each.host])),
      })),
    services: play.services.filter(({ host }) => mayChange(host)),
    alarms: Object.fromEntries(Object.entries(play.alarms).filter(([host]) => mayChange(host))),
  }
}

function withAuthorities(all: readonly DesiredPair[], chosen: readonly DesiredPair[]): Set<PairId> {
  const wanted = new Set<PairId>()
  const add = (id: PairId | undefined): void => {
    if (id === undefined || wanted.has(id)) return
    wanted.add(id)
    add(all.find((pair) => pair.id === id)?.authority)
  }
  for (const { id } of chosen) add(id)
  return wanted
}
