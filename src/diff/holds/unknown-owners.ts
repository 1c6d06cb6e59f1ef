import type { FileDifference } from '../../model/difference.ts'
import { type FindHolds, type Held, observedHosts, placeOf, type Situation } from './hold.ts'

/** Files cannot be given to whom the host does not know; all others can. */
export const findUnknownOwners: FindHolds = (situation) =>
  observedHosts(situation).flatMap(({ host, unknownOwners }) =>
    unknownOwners.map((owner) => ({
      held: findFilesOf(owner, host, situation),
      problem: {
        address: `${host}/${owner}`,
        host,
        code: 'unknown-owner',
        message: `the host knows no ${owner}`,
        hint: 'create it there, or name another owner in the policy',
      },
    })),
  )

function findFilesOf(owner: string, host: string, { pairs }: Situation): Held[] {
  return pairs.flatMap(({ pair, placements }) =>
    placements
      .filter(({ placement }) => placement.host === host)
      .flatMap(({ files }) =>
        files.filter((each) => belongsTo(each, owner)).map(({ copy }) => placeOf(pair.id, host, copy)),
      ),
  )
}

function belongsTo({ file }: FileDifference, owner: string): boolean {
  return owner === `user ${file.owner}` || owner === `group ${file.group}`
}
