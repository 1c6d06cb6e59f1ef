// A rotation that is killed between two of its tasks.
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Rotation, RotationPhase } from '../../src/model/difference.ts'
import type { Plan, Task } from '../../src/model/plan.ts'
import { stepsOf } from '../../src/model/rotation-steps.ts'
import { expectCode } from './expect-code.ts'
import type { Cluster } from './loopback-cluster.ts'

export interface Position {
  readonly method: Rotation['method']
  readonly phase: RotationPhase
  /** How many tasks of the phase have ended then, of those that are planned; with 0, its plan has been shown. */
  readonly after: (tasks: readonly PlannedTask[]) => number
}

export type PlannedTask = Pick<Task, 'kind' | 'host'>

interface Planned {
  readonly rotations: Plan['rotations']
  readonly tasks: readonly PlannedTask[]
}

/** Up to the phase nothing is killed. In the end nothing runs any more that the killed run had started, and all are well. */
export async function killRotation(cluster: Cluster, { method, phase, after }: Position): Promise<Killed> {
  const tasks = await reach(cluster, method, phase)
  const position = after(tasks)
  expect(
    await runUntil(cluster, position),
    `killed after ${position} of ${tasks.length} tasks of ${phase}`,
  ).toBe('SIGKILL')
  await awaitOrphans(cluster)
  await cluster.ready()
  return { after: position, tasks: tasks.length }
}

export interface Killed {
  readonly after: number
  readonly tasks: number
}

/** The tasks of the phase, which is the one that comes now. */
async function reach(
  cluster: Cluster,
  method: Rotation['method'],
  phase: RotationPhase,
): Promise<readonly PlannedTask[]> {
  const steps = stepsOf({ method, phase: 'prepare' })
  const before = steps[steps.indexOf(phase) - 1]
  if (before !== undefined) expectCode(await cluster.rotate('--until', before), 0)
  const ran = await cluster.certwright('rotate', '--plan', '--format', 'json')
  expectCode(ran, 0)
  const { rotations, tasks }: Planned = JSON.parse(ran.stdout).plan
  expect(rotations.map((each) => [each.phase, each.advances])).toEqual([[phase, true]])
  return tasks
}

/** By which signal it ended; none: it came to its end before. */
async function runUntil(cluster: Cluster, after: number): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [resolve('dist/main.js'), ...cluster.rotating()], {
    cwd: cluster.folder,
    env: { ...process.env, CERTWRIGHT_STATE_DIR: join(cluster.folder, 'state') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  const listen = (stream: keyof typeof said) =>
    child[stream].on('data', (chunk) => {
      said[stream] += chunk
      const done = said.stderr.match(/^done: .*\n/gm)?.length ?? 0
      if (said.stdout.includes('This plan carries out') && done >= after) child.kill('SIGKILL')
    })
  listen('stdout')
  listen('stderr')
  return new Promise((settle) => child.once('close', (_, signal) => settle(signal)))
}

/** A restart that was begun goes on, as systemd's would. */
async function awaitOrphans({ members }: Cluster): Promise<void> {
  const isBusy = () => members.some((each) => each.isBusy())
  for (let tries = 0; tries < 600 && isBusy(); tries += 1) await sleep(100)
}
