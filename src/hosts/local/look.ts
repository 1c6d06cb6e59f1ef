// What is at places of this machine.
import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parsePrivateKey } from '../../x509/keys.ts'
import type { Found, LookRequest, Sight } from '../transaction/disk.ts'
import { placeOn } from '../transaction/look-at.ts'
import { judgeWay, type Walked, type Worker } from '../transaction/way.ts'
import { FolderExchanged, openDoors } from './doors.ts'
import { errorCode } from './errors.ts'
import { type OwnerNames, readOwnerNames } from './owners.ts'
import { type ReadFile, readRegularFile } from './read.ts'
import { walk } from './walk.ts'

/** Whoever certwright works as here; where there are no users, everything is ours. */
export function whoWorks(): Worker {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
}

/** The host's root with its links resolved, or of it what exists. */
export async function findTop(root: string | undefined): Promise<string> {
  if (root === undefined || root === '/') return '/'
  try {
    return await realpath(root)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    const above = await findTop(dirname(root))
    return `${above === '/' ? '' : above}${root.slice(dirname(root).replace(/^\/$/, '').length)}`
  }
}

/** What stands where the root should be, if that is something else. */
export async function findNoFolder(root: string | undefined): Promise<string | undefined> {
  if (root === undefined) return undefined
  const there = await lstat(root).catch(() => undefined)
  const isFolder = there && (await stat(root).catch(() => undefined))?.isDirectory()
  return there && !isFolder ? `${root} is no folder` : undefined
}

export async function look(top: string, { files, listed = [] }: LookRequest): Promise<Sight> {
  const names = await readOwnerNames([], [])
  const me = whoWorks()
  const ways = new Map<string, Walked>()
  for (const folder of new Set(files.map(({ path }) => dirname(path))))
    ways.set(folder, await walk(folder, top, names))
  const doors = openDoors()
  try {
    const found = await Promise.all(
      files.map(async ({ path, key }): Promise<Found> => {
        const walked = ways.get(dirname(path))
        const way = walked && judgeWay(walked, top, me)
        if (!way || way.kind === 'refused') return { kind: 'other', detail: 'cannot be reached' }
        if (way.missing.length > 0) return { kind: 'absent' }
        return describe(await readAt(() => doors.to(placeOn(way, path))), names, key)
      }),
    )
    const listings = await Promise.all(listed.map((folder) => readdir(folder)))
    return { me, top, ways, files: found, listings }
  } finally {
    doors.close()
  }
}

async function readAt(open: () => string): ReturnType<typeof readRegularFile> {
  try {
    return await readRegularFile(open())
  } catch (error) {
    if (error instanceof FolderExchanged || errorCode(error) !== undefined)
      return {
        kind: 'unreadable',
        problem: 'io-error',
        detail: `cannot be reached: ${(error as Error).message}`,
      }
    throw error
  }
}

function describe(
  read: Awaited<ReturnType<typeof readRegularFile>>,
  names: OwnerNames,
  key: { readonly passphrase?: string } | undefined,
): Found {
  if (read.kind === 'absent' || read.kind === 'link') return read
  if (read.kind === 'unreadable') return { kind: 'other', detail: read.detail }
  return { ...describeFile(read, names), ...(key ? readHalf(read, key.passphrase) : {}) }
}

function describeFile({ bytes, stat }: ReadFile, names: OwnerNames): Extract<Found, { kind: 'file' }> {
  const [uid, gid] = [Number(stat.uid), Number(stat.gid)]
  return {
    kind: 'file',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    mode: Number(stat.mode) & 0o7777,
    uid,
    gid,
    owner: names.user(uid),
    group: names.group(gid),
    modified: secondsOf(stat),
  }
}

/** With nanoseconds, as `stat -c %.9Y` prints it. */
function secondsOf({ mtimeNs }: BigIntStats): string {
  const [seconds, rest] = [mtimeNs / 1_000_000_000n, mtimeNs % 1_000_000_000n]
  const whole = rest < 0n ? seconds - 1n : seconds
  return `${whole}.${String(rest < 0n ? rest + 1_000_000_000n : rest).padStart(9, '0')}`
}

function readHalf({ bytes }: ReadFile, passphrase: string | undefined): { spkiSha256?: string } {
  const parsed = parsePrivateKey(bytes, passphrase)
  return parsed.kind === 'private-key' ? { spkiSha256: parsed.publicKey.spkiSha256 } : {}
}
