// Files that are switched together: a new folder with all of them, and the link that will lead to it.
import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { copyWhole, syncFolder } from './files.ts'
import { hashLink, isFolderOf, readLink } from './links.ts'
import type { Staging } from './stage.ts'
import type { Step } from './switch.ts'

export interface LinkedFile {
  readonly path: string
  readonly location: string
  /** Writes it there, owner, group and mode included. */
  readonly bring: (to: string) => Promise<void>
}

/** The switch first: whoever looks in between finds the old files, or all of the new. */
export async function stageLinkSet(
  staging: Staging,
  live: string,
  files: readonly LinkedFile[],
): Promise<Step[]> {
  const folder = await staging.makeTree(live)
  for (const { location, bring } of files) await bring(join(folder, basename(location)))
  await carryOver(staging, live, folder)
  await syncFolder(folder)
  const steps: Step[] = [await stageLink(staging, { path: live, location: live }, 'switch', basename(folder))]
  for (const { path, location } of files) {
    const contentAt = join(folder, basename(location))
    const target = `${basename(live)}/${basename(location)}`
    if ((await readLink(location)) === target) {
      const sha256 = createHash('sha256')
        .update(await readFile(contentAt))
        .digest('hex')
      steps.push({ path, location, action: 'through', live, sha256, contentAt })
    } else steps.push({ ...(await stageLink(staging, { path, location }, 'replace', target)), contentAt })
  }
  return steps
}

async function stageLink(
  staging: Staging,
  place: { readonly path: string; readonly location: string },
  action: 'replace' | 'switch',
  target: string,
) {
  const staged = await staging.reserve(place.location)
  await symlink(target, staged)
  await syncFolder(dirname(staged))
  return { ...place, action, staged, sha256: hashLink(target) }
}

/** What the link leads to now and is not written anew. */
async function carryOver(staging: Staging, live: string, folder: string): Promise<void> {
  const current = await readLink(live)
  if (current === undefined || !isFolderOf(basename(live), current)) return
  const from = join(dirname(live), current)
  await staging.retireTree(from)
  const brought = new Set(await readdir(folder))
  for (const name of await readdir(from)) {
    if (brought.has(name)) continue
    const { mode, uid, gid } = await lstat(join(from, name))
    await copyWhole(join(from, name), join(folder, name), { mode: mode & 0o7777, uid, gid })
  }
}
