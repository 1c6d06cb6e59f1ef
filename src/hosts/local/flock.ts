// A lock that dies with its owner: flock(2) on a file, held by a child whose standard input is ours. When certwright
// ends, however it ends, the pipe closes, the child ends, and the kernel lets go of the lock.
import { spawn } from 'node:child_process'
import { endGroup, leadGroup } from '../process-group.ts'
import { environment } from './run.ts'

export type FileLock =
  | { readonly kind: 'held'; readonly release: () => Promise<void> }
  | { readonly kind: 'busy' }
  | { readonly kind: 'failed'; readonly detail: string }

/**
 * A FIFO would keep whoever opens it waiting. After locking, the file must still be the one at the path: somebody may
 * have removed it in between, and then the next run would lock another one.
 */
const script = [
  'umask 077',
  'if [ -L "$1" ]; then exit 74; fi',
  'if [ -e "$1" ] && ! [ -f "$1" ]; then exit 74; fi',
  'exec 9>>"$1" || exit 73',
  'flock -n 9 || exit 75',
  '[ "$1" -ef /dev/fd/9 ] || exit 75',
  'echo locked',
  'exec cat >/dev/null',
].join('\n')

/** Takes the lock at once or not at all. The folder must exist; the file is made (0600), and never removed. */
export function takeFileLock(location: string): Promise<FileLock> {
  const child = spawn('sh', ['-c', script, 'sh', location], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: environment(),
  })
  leadGroup(child)
  child.stdin.on('error', () => undefined)
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('latin1')
  })
  const exited = new Promise<number | null>((settle) => {
    child.once('exit', settle)
    child.once('error', () => settle(127))
  })
  const release = async () => {
    child.stdin.end()
    const timer = setTimeout(() => endGroup(child.pid, 'SIGKILL'), 2000)
    await exited
    clearTimeout(timer)
  }
  return new Promise((settle) => {
    child.stdout.once('data', () => {
      // It does not keep this process going: ending without letting go is what the pipe is for.
      for (const stream of [child.stdout, child.stderr]) stream.destroy()
      if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref()
      child.unref()
      settle({ kind: 'held', release })
    })
    void exited.then((code) =>
      settle(
        code === 75
          ? { kind: 'busy' }
          : { kind: 'failed', detail: explain(location, code, said.trim().split('\n').at(-1) ?? '') },
      ),
    )
  })
}

function explain(location: string, code: number | null, said: string): string {
  if (code === 74) return `${location} is no file`
  if (code === 127) return 'there is no flock (util-linux) on this machine'
  return said.split(': ').at(-1)?.toLowerCase() || `the lock's holder ended with ${code}`
}
