import { join } from 'node:path'

/** Where a host's path is on this machine. */
export function locate(root: string | undefined, path: string): string {
  return root === undefined ? path : join(root, path)
}
