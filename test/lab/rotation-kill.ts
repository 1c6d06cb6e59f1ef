// A rotation that is killed between two of its tasks.
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RotationPhase } from '../../src/model/difference.ts'
import type { Cluster } from './loopback-cluster.ts'

export interface Position {
  readonly phase: RotationPhase
  /** So many tasks of the phase have ended; with 0, its plan has been shown. */
  readonly after: number
}

/** How many tasks each phase has with three members; of the last one, up to the first that it may end before it is hit. */
export const tasks: Readonly<Record<'bridge' | 'bundle', Partial<Record<RotationPhase, number>>>> = {
  bridge: { prepare: 6, sign: 17, distrust: 11, finish: 8 },
  bundle: { prepare: 6, trust: 11, sign: 18, distrust: 11, finish: 2 },
}

/** False: it came to its end before. Otherwise nothing that it had started runs any more. */
export async function killRotation(cluster: Cluster, { phase, after }: Position): Promise<boolean> {
  const child = spawn(process.execPath, [resolve('dist/main.js'), ...cluster.rotating()], {
    cwd: cluster.folder,
    env: { ...process.env, CERTWRIGHT_STATE_DIR: join(cluster.folder, 'state') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let at: string | undefined
  let done = 0
  const check = () => {
    if (at === phase && done >= after) child.kill('SIGKILL')
  }
  child.stdout.on('data', (chunk) => {
    const [, planned] = /This plan carries out: (\w+)/.exec(`${chunk}`) ?? []
    if (planned !== undefined) {
      at = planned
      done = 0
      check()
    }
  })
  child.stderr.on('data', (chunk) => {
    done += `${chunk}`.match(/^done: /gm)?.length ?? 0
    check()
  })
  const signal = await new Promise((settle) => child.once('close', (_, signal) => settle(signal)))
  if (signal !== null) await awaitOrphans(cluster)
  return signal !== null
}

/** A restart that was begun goes on, as systemd's would. */
async function awaitOrphans({ members }: Cluster): Promise<void> {
  const isBusy = () => members.some((each) => each.isBusy())
  for (let tries = 0; tries < 600 && isBusy(); tries += 1) await sleep(100)
}
