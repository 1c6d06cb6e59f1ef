import { randomBytes } from 'node:crypto'
import { basename, dirname } from 'node:path'

/** Where a host's path is on its disk; the root is '' where there is none. */
export function locate(root: string, path: string): string {
  return `${root}${path}`
}

/** A name beside a target that nothing else has. */
export function stagedPath(path: string): string {
  const folder = dirname(path)
  return `${folder === '/' ? '' : folder}/.${basename(path)}.certwright-${randomBytes(8).toString('hex')}`
}

const waitingFolder = `.certwright-${randomBytes(8).toString('hex')}`

/** The target's own name in a folder beside it; the same folder for all targets of this process beside each other. */
export function waitingPath(path: string): string {
  const folder = dirname(path)
  return `${folder === '/' ? '' : folder}/${waitingFolder}/${basename(path)}`
}
