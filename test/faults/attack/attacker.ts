// The attacker at work while certwright is.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Attack } from './rounds.ts'
import { attackerId, type Village } from './village.ts'

export interface Report {
  readonly steps: number
  /** How often something was put in the place of something else. */
  readonly moves: number
}

export async function underAttack<T>(
  village: Village,
  attack: Attack,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly report: Report }> {
  const { folder, root, service, home, estate } = village
  const { where, what, at, back, seed } = attack
  const settings = {
    ...{ folder: join(root, service), home, parent: estate === 'parent' ? 1 : 0 },
    ...{ where, what, at, back: back ? 1 : 0, seed },
    secret: join(root, 'victims/secret'),
    key: join(root, 'srv/third/tls.key'),
    their: join(root, 'srv/third'),
  }
  const script = join(folder, 'attacker.pl')
  const args = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  const child = spawn('setpriv', [...asAttacker, 'perl', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const closed = once(child, 'close')
  await Promise.race([once(child.stdout, 'data'), closed])
  if (!said.startsWith('ready')) throw new Error('there is no attacker')
  try {
    const result = await work()
    return { result, report: await stop() }
  } finally {
    child.kill('SIGKILL')
  }

  async function stop(): Promise<Report> {
    child.kill('SIGTERM')
    await closed
    const [, steps, moves] = /steps (\d+) moves (\d+)/.exec(said) ?? []
    return { steps: Number(steps), moves: Number(moves) }
  }
}

export const asAttacker = [`--reuid=${attackerId}`, `--regid=${attackerId}`, '--clear-groups']
