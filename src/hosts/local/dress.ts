import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Dress } from '../transaction/step.ts'
import type { OwnerNames } from './owners.ts'

/** Owner, group, mode and time on one open file that only we can reach. */
export async function dressFile(
  path: string,
  { mode, owner, group, modified }: Dress,
  names: OwnerNames,
): Promise<void> {
  const file: FileHandle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stat = await file.stat()
    const uid = (owner === undefined ? undefined : names.uid(owner)) ?? stat.uid
    const gid = (group === undefined ? undefined : names.gid(group)) ?? stat.gid
    const found = stat.mode & 0o7777
    // Narrow first, then hand over, then widen: at no moment may more people read it than before and after.
    if ((found & mode) !== found) await file.chmod(found & mode)
    if (uid !== stat.uid || gid !== stat.gid) await file.chown(uid, gid)
    await file.chmod(mode)
    if (modified !== undefined) await file.utimes(Number(modified), Number(modified))
    await file.sync()
  } finally {
    await file.close()
  }
}
