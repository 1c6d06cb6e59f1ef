// A run that is stopped as soon as it says something (SIGSTOP), and goes on when it is told to.
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { applying, later, type Ran, type Scene } from './scene.ts'

export interface Halted {
  /** Goes on; how it ends. */
  readonly goOn: () => Promise<Ran>
}

/** Undefined: it had ended before. */
export function haltAt({ folder }: Scene, words: string): Promise<Halted | undefined> {
  const args = [resolve('dist/main.js'), 'apply', ...applying(later)]
  const env = { ...process.env, CERTWRIGHT_STATE_DIR: join(folder, 'state') }
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  const ended = new Promise<Pick<Ran, 'code'>>((settle) => child.once('close', (code) => settle({ code })))
  const halted = new Promise<true>((settle) => {
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].on('data', (chunk: Buffer) => {
        said[stream] += chunk.toString()
        if (child.killed || !(said.stdout + said.stderr).includes(words)) return
        child.kill('SIGSTOP')
        settle(true)
      })
  })
  const goOn = async () => {
    const began = performance.now()
    child.kill('SIGCONT')
    const { code } = await ended
    return { code, ...said, durationMs: performance.now() - began }
  }
  return Promise.race([halted.then(() => ({ goOn })), ended.then(() => undefined)])
}
