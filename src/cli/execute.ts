// Programs of the user's own that certwright starts on the control node: for secrets, and for inventories.
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { endGroup, leadGroup } from '../hosts/process-group.ts'

export async function isExecutable(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) return false
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

interface Execution {
  readonly timeoutMs: number
  readonly maximumBytes: number
  /** Its standard input; without it there is none. */
  readonly input?: Uint8Array
}

const lingerMs = 500

export type Executed =
  | { readonly kind: 'output'; readonly stdout: Uint8Array }
  | { readonly kind: 'error'; readonly detail: string; readonly stderr: string }

/**
 * Runs a program without a shell. It has a process group of its own, all of which ends with the timeout, and with it
 * whatever keeps the pipe open.
 */
export async function execute(
  [file, ...args]: readonly [string, ...string[]],
  { timeoutMs, maximumBytes, input }: Execution,
): Promise<Executed> {
  const { execa } = await import('execa')
  const child = execa(file, args, {
    reject: false,
    ...(input ? { input } : { stdin: 'ignore' as const }),
    encoding: 'buffer',
    maxBuffer: maximumBytes,
    stripFinalNewline: false,
    detached: true,
  })
  leadGroup(child)
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    endGroup(child.pid, 'SIGKILL')
  }, timeoutMs)
  // Whatever it leaves behind may keep its output open, and is not waited for.
  let lingering: NodeJS.Timeout | undefined
  child.once('exit', () => {
    lingering = setTimeout(() => endGroup(child.pid, 'SIGKILL'), lingerMs)
  })
  const result = await child
  clearTimeout(timer)
  clearTimeout(lingering)
  if (!result.failed) return { kind: 'output', stdout: result.stdout }
  return { kind: 'error', stderr: Buffer.from(result.stderr ?? []).toString('utf8'), detail: explain() }

  function explain(): string {
    if (timedOut) return `did not end within ${timeoutMs / 1000} s`
    if (result.isMaxBuffer) return `printed more than ${maximumBytes} bytes`
    if (result.code !== undefined) return `could not be started (${result.code})`
    return result.exitCode === undefined ? `was ended by ${result.signal}` : `exited with ${result.exitCode}`
  }
}

/** What it prints, or undefined. What it says when it fails could hold anything, and is not shown. */
export async function runForSecret(argv: readonly [string, ...string[]]): Promise<string | undefined> {
  const result = await execute(argv, { timeoutMs: 10_000, maximumBytes: 65_536 })
  return result.kind === 'output' ? Buffer.from(result.stdout).toString('utf8') : undefined
}
