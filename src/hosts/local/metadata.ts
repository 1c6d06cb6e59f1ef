import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { TransactionFile } from '../../model/transaction.ts'
import type { OwnerNames } from './owners.ts'

/** Owner, group and mode on one open file, so that a link put in its place meanwhile is never followed. */
export async function setMetadata(
  location: string,
  { mode, owner, group }: Pick<TransactionFile, 'mode' | 'owner' | 'group'>,
  names: OwnerNames | undefined,
): Promise<void> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file: FileHandle = await open(location, flags)
  try {
    const stat = await file.stat()
    const uid = (owner === undefined ? undefined : names?.uid(owner)) ?? stat.uid
    const gid = (group === undefined ? undefined : names?.gid(group)) ?? stat.gid
    const found = stat.mode & 0o7777
    // Narrow first, then hand over, then widen: at no moment may more people read it than before and after.
    if ((found & mode) !== found) await file.chmod(found & mode)
    if (uid !== stat.uid || gid !== stat.gid) await file.chown(uid, gid)
    await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
}
