import type { Records } from './connection.ts'
import { decode } from './facts.ts'

const explanations: readonly (readonly [RegExp, string])[] = [
  [/No space left on device/, 'no space left on the disk'],
  [/Disk quota exceeded/, 'the disk quota is used up'],
  [/Read-only file system/, 'the file system is read-only'],
  [/Permission denied/, 'permission denied'],
  [/Operation not permitted/, 'operation not permitted (an immutable file?)'],
  [/Input\/output error/, 'the disk reports an error'],
  [/Not a directory/, 'a folder on the way is a file'],
  [/File exists|cannot create/, 'something is there already'],
  [/No such file or directory/, 'does not exist'],
]

/** Why a step failed on the host, on one line. */
export function explainFailure(records: Records): string {
  const said = decode(records.find(([word]) => word === 'failed')?.[1])
    .toString('utf8')
    .trim()
  const known = explanations.find(([pattern]) => pattern.test(said))
  return known?.[1] ?? (said.split('\n').at(-1)?.slice(0, 200) || 'the host does not say why')
}
