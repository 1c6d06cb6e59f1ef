import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
}

/** Runs the built program the way a user does. */
export function certwright(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return run(process.execPath, [resolve('dist/main.js'), ...args], options)
}

/** No test writes to the machine's own audit log: the runs of one test share a log of their own. */
export function stateFolder(): string {
  const name = expect.getState().currentTestName ?? 'outside any test'
  return join(
    process.env.CERTWRIGHT_STATE_DIR ?? tmpdir(),
    createHash('sha256').update(name).digest('hex').slice(0, 16),
  )
}

export function run(
  command: string,
  args: readonly string[],
  { cwd = process.cwd(), env = {}, input }: RunOptions = {},
): Promise<Ran> {
  return new Promise((settle, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, CERTWRIGHT_STATE_DIR: stateFolder(), ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    // A program that does not read it to the end is none of our business.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input ?? '')
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => settle({ code, stdout, stderr }))
  })
}
