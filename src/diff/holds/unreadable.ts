// Something is where a file belongs that is none, or that may not be looked into.
import type { Unreadable } from '../../model/actual.ts'
import type { FileDifference, PairDifference, PlacementDifference } from '../../model/difference.ts'
import { type FindHolds, findObserved, type Hold, placeOf } from './hold.ts'

export const findUnreadable: FindHolds = (situation) =>
  situation.pairs.flatMap((pair) =>
    pair.placements
      .filter(({ placement }) => findObserved(situation, placement.host))
      .flatMap((placement) => placement.files.flatMap((file) => judge(pair, placement, file))),
  )

const hints: Readonly<Record<Unreadable['problem'], string>> = {
  'permission-denied': 'run certwright as root, or as a user who may read it',
  directory: 'a file belongs there: move the directory away, or correct the path in the policy',
  fifo: 'a file belongs there: remove the FIFO, or correct the path in the policy',
  socket: 'a file belongs there: remove the socket, or correct the path in the policy',
  device: 'a file belongs there: remove the device, or correct the path in the policy',
  symlink: 'name the path that it points to in the policy, or remove the link',
  'outside-root': 'a folder on the way is a link that leads out of certwright_root: remove the link',
  'untrusted-folder':
    'somebody else may exchange what lies there: give the folder to root, or put the file where nobody else may write',
  'too-large': 'no certificate or key is larger than 1 MiB: look at what it is, then remove it',
  'not-a-key': 'put the right key back, or move it away to have a new one made',
  'passphrase-missing': 'name where the passphrase is: private_key: { passphrase: "file:…" }',
  'passphrase-wrong': 'the passphrase that the policy names does not open it',
  'io-error': 'look at the disk and the folders on the way',
}

function judge(
  { pair }: PairDifference,
  { placement: { address, host } }: PlacementDifference,
  { file, fact, copy, write, withheld }: FileDifference,
): Hold[] {
  // What is put right from another place needs nobody.
  if (fact.kind !== 'unreadable' || write === 'content' || withheld === 'content') return []
  return [
    {
      held: [placeOf(pair.id, host, copy)],
      problem: {
        address,
        host,
        path: file.path,
        code: 'unreadable',
        message: `${file.path} ${fact.detail}`,
        hint: hints[fact.problem],
        source: file.source,
      },
    },
  ]
}
