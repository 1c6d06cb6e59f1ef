import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { Command, CommandOutcome } from '../../model/host.ts'
import { endGroup, leadGroup } from '../process-group.ts'
import { errorCode } from './errors.ts'

const maximumOutputBytes = 1024 * 1024
/** Between asking a command to end and ending it; and for how long more the output of one that has ended is read. */
const graceMs = 500

/**
 * Runs a command without a shell, in a process group of its own, so that what it started ends with it when it takes too
 * long. Settles in bounded time even when a grandchild keeps the output open.
 */
export async function runCommand({ argv, timeoutMs }: Command): Promise<CommandOutcome> {
  const child = start(argv)
  if ('kind' in child) return child
  leadGroup(child)
  const outputs = [keep(child.stdout), keep(child.stderr)] as const
  const ending = settle(child)
  const ended = await within(timeoutMs, ending)
  if (!ended) {
    endGroup(child.pid, 'SIGTERM')
    await within(graceMs, ending)
    endGroup(child.pid, 'SIGKILL')
  }
  await within(graceMs, Promise.all(outputs.map(({ closed }) => closed)))
  child.stdout?.destroy()
  child.stderr?.destroy()
  if (!ended) return { kind: 'timed-out', stdout: '', stderr: '' }
  const [stdout, stderr] = outputs.map(({ text }) => text())
  return { ...ended, stdout: stdout ?? '', stderr: stderr ?? '' }
}

/** Some of what the system refuses is thrown here, some is told as an event. */
function start([file, ...rest]: Command['argv']): ChildProcess | CommandOutcome {
  try {
    return spawn(file, rest, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: environment() })
  } catch (error) {
    return { ...refused(error), stdout: '', stderr: '' }
  }
}

function settle(child: ChildProcess): Promise<Pick<CommandOutcome, 'kind' | 'exitCode'>> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(refused(error)))
    child.once('exit', (exitCode) =>
      resolve(exitCode === null ? { kind: 'killed' } : { kind: 'exited', exitCode }),
    )
  })
}

function refused(error: unknown): Pick<CommandOutcome, 'kind'> {
  return { kind: ['ENOENT', 'EACCES', 'ENOTDIR'].includes(errorCode(error) ?? '') ? 'missing' : 'killed' }
}

/** The first MiB of what it says; the rest is read as well, so that it is neither stopped nor ended by saying much. */
function keep(stream: Readable | null) {
  const chunks: Buffer[] = []
  let room = maximumOutputBytes
  stream?.on('data', (chunk: Buffer) => {
    if (room > 0) chunks.push(chunk.subarray(0, room))
    room -= Math.min(room, chunk.length)
  })
  const closed = stream ? new Promise((resolve) => stream.once('close', resolve)) : Promise.resolve()
  return { closed, text: () => Buffer.concat(chunks).toString('utf8').replace(/\n$/, '') }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController()
  const late = wait(ms, undefined, { signal: timer.signal }).catch(() => undefined)
  const first = await Promise.race([promise, late])
  timer.abort()
  return first
}

/** Nothing of certwright's own environment but what programs need to be found; a fixed language and time zone. */
export function environment(): Record<string, string> {
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin', HOME = '/' } = process.env
  return { PATH, HOME, LC_ALL: 'C', TZ: 'UTC' }
}
