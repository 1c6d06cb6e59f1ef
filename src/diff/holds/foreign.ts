// Files that somebody else counts on: replacing them would take more away than their content. Told by the plan.
import type { FileStat } from '../../model/actual.ts'
import type { Problem } from '../../model/change.ts'
import type { FileDifference } from '../../model/difference.ts'
import { type FindHolds, placeOf } from './hold.ts'

/** Only of files that are to be replaced: what stays is nobody's concern. */
export const findForeign: FindHolds = ({ pairs }) =>
  pairs.flatMap(({ pair, placements }) =>
    placements.flatMap(({ placement: { address, host }, files }) =>
      files.flatMap((difference) => {
        const { file, copy, write } = difference
        const stat = statOf(difference)
        const found = write !== 'nothing' && stat ? judge(file.path, stat) : undefined
        if (!found) return []
        const held = [placeOf(pair.id, host, copy)]
        return [{ held, problem: { ...found, address, host, path: file.path, source: file.source } }]
      }),
    ),
  )

function statOf({ fact }: FileDifference): FileStat | undefined {
  return 'stat' in fact ? fact.stat : undefined
}

function judge(
  path: string,
  { links, accessList }: FileStat,
): Pick<Problem, 'code' | 'message' | 'hint'> | undefined {
  if (links > 1)
    return {
      code: 'hard-linked',
      message: `${path} has ${links} names: under the others the old content would stay`,
      hint: 'find them (find / -xdev -samefile …), and remove the ones that are not needed',
    }
  if (accessList)
    return {
      code: 'access-list',
      message: `${path} has an access control list, which would be lost`,
      hint: 'look at it with getfacl; give the rights by owner, group and mode, and remove it with setfacl -b',
    }
  return undefined
}
