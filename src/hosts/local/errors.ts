/** The code of a system error, `ENOENT` and the like. */
export function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

const explanations: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted (an immutable file?)',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EIO: 'the disk reports an error',
  ENOTDIR: 'a folder on the way is a file',
  ELOOP: 'is a symbolic link',
  EEXIST: 'something is there already',
  ENOENT: 'does not exist',
  EXDEV: 'is on another file system',
}

/** What a system error means, on one line and without paths of its own. */
export function explain(error: unknown): string {
  const code = errorCode(error)
  if (code === undefined) throw error
  return explanations[code] ?? code
}
