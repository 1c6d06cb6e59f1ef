// Sweep G: a run is killed, so is what recovers from that, and what recovers from that. Then somebody runs it in peace.
import { expect, it } from 'vitest'
import type { Call } from './calls.ts'
import { judge } from './judge.ts'
import { makeRandom, pick, sampleEvery, seed } from './sampling.ts'
import { later, looking, openStage, type Scene, type Stage } from './scene.ts'
import { hit, listCalls, tryHit } from './strace.ts'
import { trySome } from './sweep.ts'

type Calls = readonly [Call, ...Call[]]

const recovering = ['recover', ...looking(later)]

interface Kills {
  readonly first: Call
  /** What a recovery from there does, more or less. */
  readonly recovery: Calls
  readonly seed: number
}

it('a recovery that is killed, and whose recovery is killed too, leaves what the next one finishes or undoes', async () => {
  const stage = await openStage()
  try {
    const calls = await listCalls(stage.copy())
    const journal = calls.findIndex(({ label }) => label.endsWith('/journal'))
    const [early, late] = [calls[journal], calls.findLast(({ label }) => label.startsWith('rename /copy/'))]
    if (!early || !late) throw new Error('an undisturbed run has no journal, or renames nothing')
    const recoveries = { early: await listRecovery(stage, early), late: await listRecovery(stage, late) }
    const kills = calls.map(
      (first, index): Kills => ({
        first,
        recovery: index <= journal ? recoveries.early : recoveries.late,
        seed: seed * 1000 + index,
      }),
    )
    const hits: number[] = []
    const tried = sampleEvery(6, kills)
    const { violations } = await trySome(stage, tried, (scene, each) => killThrice(scene, each, hits))
    expect(violations).toEqual([])
    // Where a recovery has less to do than usual, it is over before it is hit.
    expect(hits.filter((count) => count > 1).length).toBeGreaterThan(tried.length / 3)
  } finally {
    stage.close()
  }
})

async function listRecovery(stage: Stage, first: Call): Promise<Calls> {
  const scene = stage.copy()
  if (!(await hit(scene, first, 'kill'))) throw new Error('another call was hit')
  const [call, ...others] = await listCalls(scene, 'dist', recovering)
  if (!call) throw new Error('a recovery does nothing')
  return [call, ...others]
}

async function killThrice(
  scene: Scene,
  { first, recovery, seed: own }: Kills,
  hits: number[],
): Promise<string[]> {
  const random = makeRandom(own)
  const ran = await hit(scene, first, 'kill')
  if (!ran) return [`${first.label}: another call was hit`]
  const done = [first]
  let last = ran
  for (const call of [pick(random, recovery), pick(random, recovery)]) {
    const { isHit, ...recovered } = await tryHit({ scene, args: recovering }, call, 'kill')
    if (isHit) done.push(call)
    last = recovered
  }
  hits.push(done.length)
  const name = done.map(({ label, ordinal }) => `${label} (${ordinal})`).join(', then ')
  return (await judge(scene, last, 'killed')).map((each) => `killed at ${name}: ${each}`)
}
