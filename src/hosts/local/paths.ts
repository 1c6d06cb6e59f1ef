import { realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorCode } from './errors.ts'

/** Where a host's path is on this machine. */
export function locate(root: string | undefined, path: string): string {
  return root === undefined ? path : join(root, path)
}

/**
 * Whether the folders on the way lead where they say. Below a root, a link that leads out of it does not;
 * what does not exist yet leads nowhere.
 */
export async function staysInside(root: string | undefined, location: string): Promise<boolean> {
  if (root === undefined) return true
  const real = await nearestReal(dirname(location))
  const realRoot = await nearestReal(root)
  return `${real}/`.startsWith(realRoot === '/' ? '/' : `${realRoot}/`)
}

/** The real path of a folder, or of the nearest one above it that exists. */
async function nearestReal(folder: string): Promise<string> {
  try {
    return await realpath(folder)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || folder === '/') throw error
    return nearestReal(dirname(folder))
  }
}
