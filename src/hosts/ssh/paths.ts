import { randomBytes } from 'node:crypto'
import { basename, dirname } from 'node:path'

/** Where a host's path is on its disk; the root is '' where there is none. */
export function locate(root: string, path: string): string {
  return `${root}${path}`
}

/** A name beside a file of certwright's own that nothing else has, and that a sweep knows. */
export function strayName(path: string): string {
  return `${dirname(path)}/.${basename(path)}.certwright-${randomBytes(8).toString('hex')}`
}
