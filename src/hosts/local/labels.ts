// SELinux labels: a file that is renamed into place keeps the label that it was made with, which is not the one that
// its place wants. Programs do the work; without SELinux there are no labels.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { environment } from './run.ts'

const start = promisify(execFile)
const run = (file: string, args: readonly string[] = []) => start(file, args, { env: environment() })

/** The label of what is there now, or else of what the policy wants there. Rejects when it cannot be set. */
export async function labelLike(location: string, staged: string): Promise<void> {
  if (!(await isEnabled())) return
  const like = await run('stat', ['-c', '%C', '--', location]).then(
    ({ stdout }) => stdout.trim(),
    async () => (await run('matchpathcon', ['-n', location])).stdout.trim(),
  )
  await run('chcon', [like, '--', staged])
}

async function isEnabled(): Promise<boolean> {
  return run('selinuxenabled').then(
    () => true,
    () => false,
  )
}
