import { execFile } from 'node:child_process'
import { environment } from './run.ts'

/**
 * Which of these files have an access control list, as `ls` marks them: Node cannot ask for one. What does not exist
 * has none, and neither has anything where there is no `ls`.
 */
export function findGuarded(locations: readonly string[]): Promise<ReadonlySet<string>> {
  const options = { env: environment(), maxBuffer: 64 * 1024 * 1024 }
  return new Promise((settle) => {
    if (locations.length === 0) return settle(new Set())
    execFile('ls', ['-ld', '--', ...locations], options, (_error, stdout) => {
      const marked = stdout.split('\n').filter((line) => line[10] === '+')
      settle(new Set(locations.filter((location) => marked.some((line) => line.endsWith(` ${location}`)))))
    })
  })
}
