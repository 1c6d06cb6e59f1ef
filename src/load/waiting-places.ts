// Where the next and the previous generation of an authority stand while one takes the place of the other: beside it.
import { join, parse } from 'node:path'
import type { DesiredFile, Placement, WaitingFiles, WaitingRole } from '../model/desired.ts'

/**
 * Beside every private key. Where a key is in no file (a command signs with it), every host has the certificate, and so
 * every host has its places.
 */
export function addWaitingPlaces(placements: readonly Placement[]): Placement[] {
  const isKeyInFile = placements.some(({ privateKey }) => privateKey)
  return placements.map((placement) =>
    isKeyInFile && !placement.privateKey
      ? placement
      : {
          ...placement,
          waiting: { next: makeFiles(placement, 'next'), previous: makeFiles(placement, 'previous') },
        },
  )
}

function makeFiles({ certificate, privateKey }: Placement, role: WaitingRole): WaitingFiles {
  return {
    certificate: besideOf(certificate, role),
    ...(privateKey ? { privateKey: besideOf(privateKey, role) } : {}),
  }
}

/** No service reads it: nothing of it is switched together with anything, so it is no link (`through`). */
function besideOf({ path, through: _, ...file }: DesiredFile, role: WaitingRole): DesiredFile {
  const { dir, name, ext } = parse(path)
  return { ...file, path: join(dir, `${name}.${role}${ext}`) }
}
