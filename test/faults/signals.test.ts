// Sweep D: SIGTERM at every task boundary, and a second one right behind it.
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readDisk } from './disk.ts'
import { generationOf, judgeRemains } from './invariants.ts'
import { judge, judgeEnd } from './judge.ts'
import { openRemoteStage } from './remote.ts'
import { applying, later, openStage, type Ran, type Scene, type Stage } from './scene.ts'
import { trySome } from './sweep.ts'

/** What a run says when it comes to a boundary; the last is said when everything has been done. */
const boundaries = ['Plan: ', 'issue certificate/leaf', 'install 4 files', ': alarms']

interface Stop {
  readonly boundary: string
  readonly times: 1 | 2
}

/** Runs a renewal, and tells it to stop as soon as it says that. */
function stopAt({ folder }: Scene, { boundary, times }: Stop): Promise<Ran> {
  const began = performance.now()
  const args = [resolve('dist/main.js'), 'apply', ...applying(later)]
  const env = { ...process.env, CERTWRIGHT_STATE_DIR: join(folder, 'state') }
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  let told = false
  const hear = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
    said[stream] += chunk.toString()
    if (told || !(said.stdout + said.stderr).includes(boundary)) return
    told = true
    child.kill('SIGTERM')
    if (times === 2) setTimeout(() => child.kill('SIGTERM'), 5)
  }
  child.stdout.on('data', hear('stdout'))
  child.stderr.on('data', hear('stderr'))
  return new Promise((settle) =>
    child.once('close', (exit, signal) => {
      // In its last moments, when nothing is left to be done, the second may end it: to a shell that is 143 as well.
      const code = signal === 'SIGTERM' ? 143 : exit
      settle({ code, ...said, durationMs: performance.now() - began })
    }),
  )
}

/** One signal: what is in hand is finished, and nothing is left lying about. Two: as if it were killed. */
async function judgeStopped(scene: Scene, stop: Stop): Promise<string[]> {
  const ran = await stopAt(scene, stop)
  const violations = await judgeEnd(scene, ran)
  const disk = readDisk(scene)
  const isOver = stop.boundary === boundaries.at(-1) && ran.code === 0
  if (ran.code !== 143 && !isOver) violations.push(`exit code ${ran.code}`)
  if (stop.times === 1) violations.push(...judgeRemains(disk))
  if (stop.times === 1 && generationOf(scene, disk) === 'mixed') violations.push('the pair is mixed')
  violations.push(...(await judge(scene, ran, 'killed')))
  return violations.map((each) => `${stop.times} × SIGTERM at ${stop.boundary}: ${each}`)
}

describe.each([
  ['on this machine', () => openStage()],
  ['on a remote host', () => openRemoteStage()],
])('a run %s', (_, open) => {
  let stage: Stage
  beforeAll(async () => {
    stage = await open()
  })
  afterAll(() => stage.close())

  it('that is told to stop at a task boundary, once or twice, leaves all old or all new', async () => {
    const stops = boundaries.flatMap((boundary) =>
      ([1, 2] as const).map((times): Stop => ({ boundary, times })),
    )
    expect((await trySome(stage, stops, judgeStopped)).violations).toEqual([])
  })
})
