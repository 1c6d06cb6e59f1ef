// Every call once, two at a time.
import { rmSync } from 'node:fs'
import pLimit from 'p-limit'
import type { Call } from './calls.ts'
import { judge } from './judge.ts'
import { sampleEvery } from './sampling.ts'
import { openStage, type Scene, type Stage, type StageOptions } from './scene.ts'
import { type Fault, hit, listCalls } from './strace.ts'

export interface Swept {
  /** How many were tried. */
  readonly faults: number
  /** How many there are. */
  readonly positions: number
  readonly violations: readonly string[]
}

interface Sweep extends Pick<StageOptions, 'dist' | 'install' | 'retires'> {
  /** Which of the calls; all of them by default. */
  readonly select?: (call: Call) => boolean
  /** Every n-th of them, unless all are asked for; from another one on than its neighbours. */
  readonly every?: number
  readonly shift?: number
}

/** Every call by which a renewal changes this machine. */
export async function sweepLocal(
  fault: Fault,
  {
    dist = 'dist',
    install = 'files',
    retires = false,
    select = () => true,
    every = 1,
    shift = 0,
  }: Sweep = {},
): Promise<Swept> {
  const stage = await openStage({ dist, install, retires })
  try {
    const all = (await listCalls(stage.copy(), dist)).filter(select)
    const calls = sampleEvery(every, all, shift)
    const swept = await trySome(stage, calls, async (scene, call) => {
      const ran = await hit(scene, call, fault, dist)
      const what = `${fault} at ${call.label} (${call.ordinal})`
      const violations = ran
        ? await judge(scene, ran, fault === 'kill' ? 'killed' : 'ended', { dist })
        : ['another call was hit']
      return violations.map((each) => `${what}: ${each}`)
    })
    return { ...swept, positions: all.length }
  } finally {
    stage.close()
  }
}

/** The whole of a sweep takes hours: what it finds is told at once. */
export function tell(violations: string[]): string[] {
  for (const each of violations) process.stderr.write(`${each}\n`)
  return violations
}

/** Two at a time, each in a scene of its own. */
export async function trySome<T>(
  stage: Stage,
  faults: readonly T[],
  attempt: (scene: Scene, fault: T) => Promise<string[]>,
): Promise<Swept> {
  const limit = pLimit(2)
  const one = async (fault: T) => {
    const scene = stage.copy()
    const violations = tell(await attempt(scene, fault))
    if (violations.length === 0) rmSync(scene.folder, { recursive: true })
    return violations
  }
  const found = await Promise.all(faults.map((fault) => limit(() => one(fault))))
  return { faults: faults.length, positions: faults.length, violations: found.flat() }
}
