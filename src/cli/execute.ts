// Programs of the user's own that certwright starts on the control node: for secrets, and for inventories.
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'

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
}

const lingerMs = 500

export type Executed =
  | { readonly kind: 'output'; readonly stdout: string }
  | { readonly kind: 'error'; readonly detail: string; readonly stderr: string }

/**
 * Runs a program without a shell. It has a process group of its own, all of which ends with the timeout, and with it
 * whatever keeps the pipe open.
 */
export async function execute(
  [file, ...args]: readonly [string, ...string[]],
  { timeoutMs, maximumBytes }: Execution,
): Promise<Executed> {
  const { execa } = await import('execa')
  const child = execa(file, args, {
    reject: false,
    stdin: 'ignore',
    maxBuffer: maximumBytes,
    stripFinalNewline: false,
    detached: true,
  })
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    endGroup(child.pid)
  }, timeoutMs)
  // Whatever it leaves behind may keep its output open, and is not waited for.
  let lingering: NodeJS.Timeout | undefined
  child.once('exit', () => {
    lingering = setTimeout(() => endGroup(child.pid), lingerMs)
  })
  const result = await child
  clearTimeout(timer)
  clearTimeout(lingering)
  if (!result.failed) return { kind: 'output', stdout: result.stdout }
  return { kind: 'error', stderr: String(result.stderr ?? ''), detail: explain() }

  function explain(): string {
    if (timedOut) return `did not end within ${timeoutMs / 1000} s`
    if (result.isMaxBuffer) return `printed more than ${maximumBytes} bytes`
    if (result.code !== undefined) return `could not be started (${result.code})`
    return result.exitCode === undefined ? `was ended by ${result.signal}` : `exited with ${result.exitCode}`
  }
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

/** What it prints, or undefined. What it says when it fails could hold anything, and is not shown. */
export async function runForSecret(argv: readonly [string, ...string[]]): Promise<string | undefined> {
  const result = await execute(argv, { timeoutMs: 10_000, maximumBytes: 65_536 })
  return result.kind === 'output' ? result.stdout : undefined
}
