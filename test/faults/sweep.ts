// Every call once, two at a time.
import { rmSync } from 'node:fs'
import pLimit from 'p-limit'
import type { Call } from './calls.ts'
import { judge } from './judge.ts'
import { openStage, type Scene, type Stage, type StageOptions } from './scene.ts'
import { type Fault, hit, listCalls } from './strace.ts'

export interface Swept {
  readonly faults: number
  readonly violations: readonly string[]
}

interface Sweep extends Pick<StageOptions, 'dist' | 'install'> {
  /** Which of the calls; all of them by default. */
  readonly select?: (call: Call) => boolean
}

/** Every call by which a renewal changes this machine. */
export async function sweepLocal(
  fault: Fault,
  { dist = 'dist', install = 'files', select = () => true }: Sweep = {},
): Promise<Swept> {
  const stage = await openStage({ dist, install })
  try {
    const calls = (await listCalls(stage.copy(), dist)).filter(select)
    return await trySome(stage, calls, async (scene, call) => {
      const ran = await hit(scene, call, fault, dist)
      const what = `${fault} at ${call.label} (${call.ordinal})`
      const violations = ran
        ? await judge(scene, ran, fault === 'kill' ? 'killed' : 'ended', { dist })
        : ['another call was hit']
      return violations.map((each) => `${what}: ${each}`)
    })
  } finally {
    stage.close()
  }
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
    const violations = await attempt(scene, fault)
    if (violations.length === 0) rmSync(scene.folder, { recursive: true })
    return violations
  }
  const found = await Promise.all(faults.map((fault) => limit(() => one(fault))))
  return { faults: faults.length, violations: found.flat() }
}
