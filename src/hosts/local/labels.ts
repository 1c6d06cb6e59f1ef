// SELinux labels: a file that is renamed into place keeps the label that it was made with, which is not the one that
// its place wants. Programs do the work; without SELinux there are no labels.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Place, pathOf } from '../transaction/place.ts'
import { environment } from './run.ts'

const start = promisify(execFile)
const run = (file: string, args: readonly string[] = []) => start(file, args, { env: environment() })

/**
 * The label of what is there now, or else of what the policy wants there; in a folder of somebody else, who could put
 * anything there, only the latter. Rejects when it cannot be set.
 */
export async function labelLike(place: Place, staged: string): Promise<void> {
  if (!(await isEnabled())) return
  const location = pathOf(place)
  const wanted = async () => (await run('matchpathcon', ['-n', location])).stdout.trim()
  const like =
    place.holder === undefined
      ? await run('stat', ['-c', '%C', '--', location]).then(({ stdout }) => stdout.trim(), wanted)
      : await wanted()
  await run('chcon', [like, '--', staged])
}

async function isEnabled(): Promise<boolean> {
  return run('selinuxenabled').then(
    () => true,
    () => false,
  )
}
