// What the phases of a rotation that are still to come amount to, from what the policy says: before anybody says yes. Pure.
import type { Desired, DesiredPair, DesiredService } from '../model/desired.ts'
import type { Difference, Rotation, RotationPhase } from '../model/difference.ts'
import type { PhaseOutlook } from '../model/outlook.ts'
import { stepsOf } from '../model/rotation-steps.ts'

/** A restart with its proof, roughly: what depends on the service, nobody here knows. */
const secondsPerRestart = 2

/** From the present phase to the last, for each of these pairs that has a rotation. */
export function foreseeRotations(desired: Desired, { pairs }: Pick<Difference, 'pairs'>): PhaseOutlook[] {
  return pairs.flatMap(({ pair, rotation, play }) => {
    if (!rotation) return []
    const steps = stepsOf(rotation)
    const { pairs: all = [], services = [] } = desired.plays[play] ?? {}
    const scene = { rotation, authority: pair, below: findBelow(pair, all), services }
    return steps.slice(Math.max(0, steps.indexOf(rotation.phase))).map((phase) => foresee(phase, scene))
  })
}

interface Scene {
  readonly rotation: Rotation
  readonly authority: DesiredPair
  /** All that it has signed, directly or by way of others. */
  readonly below: readonly DesiredPair[]
  readonly services: readonly DesiredService[]
}

function foresee(phase: RotationPhase, scene: Scene): PhaseOutlook {
  const { authority, below } = scene
  const signed = below.filter((pair) => pair.authority === authority.id)
  const touched = findTouched(phase, scene)
  const files = touched.reduce((sum, { paths }) => sum + paths, 0)
  const restarts = countRestarts(phase, scene)
  const certificates = phase === 'sign' ? signed.length : phase === 'prepare' ? 1 : 0
  const hosts = new Set(touched.map(({ host }) => host)).size
  const begins = conditions[phase](scene.rotation)
  return {
    authority: authority.name,
    phase,
    certificates,
    files,
    restarts,
    hosts,
    seconds: restarts * secondsPerRestart,
    ...(begins === undefined ? {} : { begins }),
  }
}

/** What has to be proved on every host before a phase begins. */
const conditions: Readonly<Record<RotationPhase, (rotation: Rotation) => string | undefined>> = {
  prepare: () => undefined,
  turn: () => undefined,
  trust: () => undefined,
  sign: ({ method }) => (method === 'bridge' ? undefined : 'every file and every service trusts both'),
  distrust: () => 'every certificate is signed by the new one',
  finish: () => 'no service trusts the old one any more',
}

interface Touched {
  readonly host: string
  readonly paths: number
}

function findTouched(phase: RotationPhase, { rotation, authority, below }: Scene): Touched[] {
  const trusting = authority.placements.map(({ host, copies }) => ({ host, paths: 1 + copies.length }))
  const holding = authority.placements
    .filter(({ waiting }) => waiting)
    .map(({ host }) => ({ host, paths: 2 }))
  const signed = below.flatMap(({ placements }) =>
    placements.map(({ host, privateKey, copies }) => ({
      host,
      paths: (privateKey ? 2 : 1) + copies.length,
    })),
  )
  // A bundle's file changes its order when the other one begins to sign; a bridge is taken out of leaves' files in the end.
  if (phase === 'sign') return rotation.method === 'bridge' ? signed : [...signed, ...trusting]
  if (phase === 'trust' || phase === 'distrust') return trusting
  return phase === 'finish' && rotation.method === 'bridge'
    ? [...holding, ...signed.map(({ host }) => ({ host, paths: 1 }))]
    : holding
}

/** Services read whom they trust when they start: those are restarted. What re-reads its leaf by itself is not. */
function countRestarts(phase: RotationPhase, { authority, below, services }: Scene): number {
  const isLater = phase === 'distrust' && authority.rotation?.distrust === 'next_restart'
  if (isLater || (phase !== 'sign' && phase !== 'trust' && phase !== 'distrust')) return 0
  const pairs = phase === 'sign' ? below.map(({ id }) => id) : [authority.id]
  return services.filter(({ uses }) =>
    uses.some(({ pair, effect }) => effect === 'restart' && pairs.includes(pair)),
  ).length
}

function findBelow(authority: DesiredPair, pairs: readonly DesiredPair[]): DesiredPair[] {
  const own = pairs.filter((pair) => pair.authority === authority.id)
  return own.flatMap((pair) => [pair, ...(pair.kind === 'authority' ? findBelow(pair, pairs) : [])])
}
