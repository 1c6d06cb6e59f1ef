// Clocks that cannot be right, before anything is dated by them. About real clocks: `--at` has no say in it.
import type { FileStat, HostActual } from '../../model/actual.ts'
import type { Problem } from '../../model/change.ts'
import type { ControlFacts } from '../../model/control.ts'
import { formatSpan } from '../time.ts'
import { type FindHolds, findObserved, type Hold, observedHosts, placeOf, type Situation } from './hold.ts'

/** File systems and clocks that are set bit by bit are off by seconds; a lost clock is off by years. */
const toleratedMs = 60_000

export const findClocks: FindHolds = (situation) => [
  ...observedHosts(situation).flatMap((host) =>
    [...findDifferent(host), ...findBehind(host, situation.control)].map((problem) => ({
      held: [{ what: 'host' as const, host: host.host }],
      problem,
    })),
  ),
  ...findForeignFiles(situation),
]

/** Certificates are dated by the control node and judged by the host: the two have to agree on what time it is. */
function findDifferent({ host, clockAheadMs }: HostActual): Problem[] {
  if (Math.abs(clockAheadMs) <= toleratedMs) return []
  return [
    {
      address: `${host}/clock`,
      host,
      code: 'clock-differs',
      message: `its clock is ${formatSpan(Math.abs(clockAheadMs) / 1000)} ${clockAheadMs < 0 ? 'behind' : 'ahead of'} the control node's`,
      hint: 'set both clocks right (timedatectl, chronyc tracking) and plan again',
    },
  ]
}

/**
 * A host whose clock is behind what was written there, or behind the very program that asks it. The control node's own
 * is covered too: hosts that are this machine share its clock, and others would be found to differ from it.
 */
export function findBehind(host: HostActual, { builtMs }: ControlFacts): Problem[] {
  const evidence = latest([...findBuild(builtMs), ...findFiles(host), ...findStamps(host)])
  return evidence ? judge(host, evidence, `${host.host}/clock`) : []
}

/** Whoever may write to a file may give it any time: that is said of nothing but that file, and what belongs to it. */
function findForeignFiles(situation: Situation): Hold[] {
  return situation.pairs.flatMap(({ pair, placements }) =>
    placements.flatMap(({ placement: { address, host: name }, files }) => {
      const host = findObserved(situation, name)
      if (!host) return []
      return files.flatMap(({ file: { path }, copy, fact }) => {
        if (!('stat' in fact) || isOwn(fact.stat, host)) return []
        const held = [placeOf(pair.id, name, copy)]
        return judge(host, describe(path, fact.stat), address).map((problem) => ({ held, problem }))
      })
    }),
  )
}

function judge({ host, clockMs }: HostActual, evidence: Evidence, address: string): Problem[] {
  if (clockMs + toleratedMs >= evidence.ms) return []
  return [
    {
      address,
      host,
      ...(evidence.path === undefined ? {} : { path: evidence.path }),
      code: 'clock-behind',
      message: `its clock says ${format(clockMs)}, and ${evidence.what} ${format(evidence.ms)}`,
      hint: `set the clock right (timedatectl, chronyc tracking)${evidence.remedy === undefined ? '' : `; if it is right, ${evidence.remedy}`}, and plan again`,
    },
  ]
}

interface Evidence {
  readonly ms: number
  readonly what: string
  readonly path?: string
  /** What makes it say so no more, where it is the evidence that is wrong. */
  readonly remedy?: string
}

function findBuild(builtMs: number | undefined): Evidence[] {
  return builtMs === undefined ? [] : [{ ms: builtMs, what: 'this certwright was built at' }]
}

function findFiles(host: HostActual): Evidence[] {
  return Object.entries({ ...host.certificates, ...host.privateKeys }).flatMap(([path, fact]) =>
    'stat' in fact && isOwn(fact.stat, host) ? [describe(path, fact.stat)] : [],
  )
}

function isOwn({ owner }: FileStat, { worksAs }: HostActual): boolean {
  return owner === 'root' || owner === worksAs
}

function describe(path: string, { modifiedMs }: FileStat): Evidence {
  return { ms: modifiedMs, path, what: `${path} was written at`, remedy: 'touch the file' }
}

/** Whoever wrote a stamp of tomorrow had another clock: it says so, and not that a service has restarted. */
function findStamps({ services }: HostActual): Evidence[] {
  return Object.entries(services).flatMap(([name, { future }]) =>
    future?.path === undefined
      ? []
      : [
          {
            ms: future.ms,
            path: future.path,
            what: `${future.path} says that ${name} was last told at`,
            remedy: `restart ${name} and remove the file`,
          },
        ],
  )
}

function latest(evidence: readonly Evidence[]): Evidence | undefined {
  return evidence.toSorted((a, b) => b.ms - a.ms)[0]
}

function format(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
