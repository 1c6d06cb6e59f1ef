import type { Command, CommandOutcome } from '../../model/host.ts'
import { endGroup, leadGroup } from '../process-group.ts'
import { errorCode } from './errors.ts'

const maximumOutputBytes = 1024 * 1024
/** Between asking a command to end and ending it. */
const graceMs = 500

/**
 * Runs a command without a shell, in a process group of its own, so that what it started ends with it.
 * Settles in bounded time even when a grandchild keeps the output open.
 */
export async function runCommand({ argv, timeoutMs }: Command): Promise<CommandOutcome> {
  const { execa } = await import('execa')
  const [file, ...rest] = argv
  const child = execa(file, rest, {
    detached: true,
    stdin: 'ignore',
    reject: false,
    extendEnv: false,
    env: environment(),
    maxBuffer: maximumOutputBytes,
  })
  leadGroup(child)
  let timedOut = false
  const timers: NodeJS.Timeout[] = []
  const late = new Promise<'late'>((resolve) => {
    timers.push(
      setTimeout(() => {
        timedOut = true
        endGroup(child.pid, 'SIGTERM')
        timers.push(setTimeout(() => endGroup(child.pid, 'SIGKILL'), graceMs))
        timers.push(setTimeout(() => resolve('late'), graceMs * 2))
      }, timeoutMs),
    )
  })
  const result = await Promise.race([child, late])
  for (const timer of timers) clearTimeout(timer)
  if (timedOut || result === 'late') {
    endGroup(child.pid, 'SIGKILL')
    return { kind: 'timed-out', stdout: '', stderr: '' }
  }
  const output = { stdout: result.stdout, stderr: result.stderr }
  if (result.exitCode !== undefined) return { kind: 'exited', exitCode: result.exitCode, ...output }
  const missing = ['ENOENT', 'EACCES', 'ENOTDIR'].includes(result.code ?? errorCode(result.cause) ?? '')
  return { kind: missing ? 'missing' : 'killed', ...output }
}

/** Nothing of certwright's own environment but what programs need to be found; a fixed language and time zone. */
export function environment(): Record<string, string> {
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin', HOME = '/' } = process.env
  return { PATH, HOME, LC_ALL: 'C', TZ: 'UTC' }
}
