import { randomBytes } from 'node:crypto'
import { basename, dirname } from 'node:path'

/** Where a host's path is on its disk; the root is '' where there is none. */
export function locate(root: string, path: string): string {
  return `${root}${path}`
}

/** Begins the names that this process makes up: what bears another one was left behind by a run that died. */
export const runWord = randomBytes(4).toString('hex')

function makeUpName(): string {
  return `.certwright-${runWord}${randomBytes(4).toString('hex')}`
}

/** A name beside a target that nothing else has. */
export function stagedPath(path: string): string {
  const folder = dirname(path)
  return `${folder === '/' ? '' : folder}/.${basename(path)}${makeUpName()}`
}

const waitingFolder = makeUpName()

/** The target's own name in a folder beside it; the same folder for all targets of this process beside each other. */
export function waitingPath(path: string): string {
  const folder = dirname(path)
  return `${folder === '/' ? '' : folder}/${waitingFolder}/${basename(path)}`
}
