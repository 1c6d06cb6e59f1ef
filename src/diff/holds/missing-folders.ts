// Folders that others own, and that are not there: one that certwright made in their place would be read by nobody.
import { dirname } from 'node:path/posix'
import { type FindHolds, findObserved, type Hold, placeOf } from './hold.ts'

export const findMissingFolders: FindHolds = (situation) =>
  situation.pairs.flatMap(({ pair, placements }) =>
    placements.flatMap(({ placement, files }) => {
      const missing = findObserved(situation, placement.host)?.missingFolders ?? []
      return files.flatMap(({ file, copy, write }): Hold[] => {
        const folder = dirname(file.path)
        if (write === 'nothing' || !file.isFolderOfOthers || !missing.includes(folder)) return []
        return [
          {
            held: [placeOf(pair.id, placement.host, copy)],
            problem: {
              address: placement.address,
              host: placement.host,
              path: folder,
              code: 'folder-missing',
              message: `${folder} does not exist, and the policy says that others make it (make_folder: false)`,
              hint: 'correct the path (a release in it, a variable), mount what belongs there, or make the folder',
              source: file.source,
            },
          },
        ]
      })
    }),
  )
