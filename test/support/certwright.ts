import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

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

export function run(
  command: string,
  args: readonly string[],
  { cwd = process.cwd(), env = {}, input }: RunOptions = {},
): Promise<Ran> {
  return new Promise((settle, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
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
