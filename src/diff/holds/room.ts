// Whether what has to be written can be: told by the plan, before anything has begun.
import type { Actual, DiskFact, Distrust } from '../../model/actual.ts'
import type { Problem } from '../../model/change.ts'
import type { PairDifference } from '../../model/difference.ts'
import { type FindHolds, type Held, placeOf } from './hold.ts'

/** Key, certificate and chain are a few KiB; the old and the new are there at the same time. */
const bytesPerFile = 16 * 1024

interface Need {
  readonly address: string
  readonly host: string
  readonly path: string
  /** It is to be reached through a link that is switched. */
  readonly linked: boolean
  readonly held: Held
}

/** One problem for each folder that has no room or may not be written to. */
export const findRoom: FindHolds = ({ pairs, actual }) => {
  const found = new Map<string, { disk: DiskFact; needs: Need[] }>()
  for (const need of pairs.flatMap(needsOf)) {
    const disk = findDisk(actual, need)
    if (!disk) continue
    const key = `${need.host} ${disk.folder}`
    const entry = found.get(key) ?? { disk, needs: [] }
    entry.needs.push(need)
    found.set(key, entry)
  }
  return [...found.values()].flatMap(({ disk, needs }) =>
    judge(disk, needs).map((problem) => ({ problem, held: needs.map(({ held }) => held) })),
  )
}

function needsOf({ pair, placements }: PairDifference): Need[] {
  return placements.flatMap(({ placement, files }) =>
    files.flatMap(({ file, copy, write }) =>
      write === 'nothing'
        ? []
        : [
            {
              address: placement.address,
              host: placement.host,
              path: file.path,
              linked: file.through !== undefined,
              held: placeOf(pair.id, placement.host, copy),
            },
          ],
    ),
  )
}

/** The disk of the deepest folder above the path that exists. */
function findDisk(actual: Actual, { host, path }: Need): DiskFact | undefined {
  const fact = actual.hosts[host]
  if (fact?.kind !== 'observed') return undefined
  const above = fact.disks.filter(({ folder }) => path.startsWith(folder === '/' ? '/' : `${folder}/`))
  return above.toSorted((a, b) => b.folder.length - a.folder.length)[0]
}

function judge({ folder, freeBytes, writable, distrust, held }: DiskFact, needs: readonly Need[]): Problem[] {
  const [first] = needs
  if (!first) return []
  const { address, host } = first
  const base = { address, host, path: folder }
  if (distrust) return [{ address, host, path: distrust.folder, ...explainDistrust(distrust) }]
  if (held && needs.some(({ linked }) => linked))
    return [
      {
        ...base,
        code: 'untrusted-folder',
        message: `${held.since} belongs to ${held.by}, and install: generations needs a folder where nobody else may write`,
        hint: `install: files, or give ${held.since} to root`,
      },
    ]
  if (!writable)
    return [
      {
        ...base,
        code: 'not-writable',
        message: `${folder} may not be written to`,
        hint: 'a read-only file system, or missing permission: mend that, or use become',
      },
    ]
  const wanted = needs.length * bytesPerFile
  if (freeBytes >= wanted) return []
  return [
    {
      ...base,
      code: 'no-space',
      message: `${folder} has ${Math.floor(freeBytes / 1024)} KiB left, and ${wanted / 1024} KiB are needed`,
      hint: 'make room on that disk',
    },
  ]
}

const hints: Readonly<Record<Exclude<Distrust['reason'], 'exposed'>, string>> = {
  'handed-on': 'give both folders to the same user, or the upper one to root',
  'foreign-link': 'name the folder that it leads to in the policy, or remove the link',
  'own-disk': 'make a folder of root on that file system, with the folder of the service in it',
  blocked: 'a folder belongs there: look at what it is, or correct the path in the policy',
  outside: 'remove the link that leads there, or correct the path in the policy',
}

function explainDistrust({ folder, reason, detail }: Distrust): Pick<Problem, 'code' | 'message' | 'hint'> {
  if (reason === 'exposed')
    return {
      code: 'exposed-folder',
      message: `everybody may write to ${folder}: what is put there could be replaced by anyone`,
      hint: `chmod o-w ${folder}`,
    }
  return { code: 'untrusted-folder', message: `${folder} ${detail}`, hint: hints[reason] }
}
