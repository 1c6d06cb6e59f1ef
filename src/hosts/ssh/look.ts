// Looks at places of a remote host, in one round trip.

import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { HostError } from '../../model/host.ts'
import type { Found, LookRequest, Sight } from '../transaction/disk.ts'
import type { Walked } from '../transaction/way.ts'
import type { Connection } from './connection.ts'
import { readHere } from './disks.ts'
import { decode, type Fields } from './facts.ts'
import { makeScript } from './script.ts'
import { readWalked } from './ways.ts'

export async function look(
  connection: Connection,
  root: string,
  { files, listed = [] }: LookRequest,
): Promise<Sight> {
  const script = makeScript()
  script.add('below', root)
  script.add('whereabouts')
  const folders = [...new Set(files.map(({ path }) => dirname(path)))]
  // Folder by folder: the way to one is walked once.
  for (const [index, folder] of folders.entries()) {
    script.add('tell_way', index, folder === '/' ? '' : folder)
    for (const [number, { path, key }] of files.entries())
      if (dirname(path) === folder)
        script.add('see', number, path, key ? script.secret(key.passphrase) : 'no')
  }
  for (const [index, folder] of listed.entries()) script.add('names', index, folder)
  const records = await connection.request(script.text(), { payloads: script.payloads })
  const answers = (word: string) =>
    new Map(
      records.flatMap(([each, index, ...rest]) => (each === word ? [[Number(index), rest] as const] : [])),
    )
  const [ways, seen] = [answers('way'), answers('seen')]
  const need = <T>(found: T | undefined): T => {
    if (found !== undefined) return found
    throw new HostError('it left a question without an answer', true)
  }
  return {
    ...readHere(records),
    ways: new Map(
      folders.map((folder, index): [string, Walked] => [folder, readWalked(need(ways.get(index)))]),
    ),
    files: files.map((_, index) => readFound(need(seen.get(index)))),
    listings: listed.map((_, index) =>
      records.flatMap(([word, number, name]) =>
        word === 'name' && Number(number) === index ? [decode(name).toString('utf8')] : [],
      ),
    ),
  }
}

function readFound([kind, ...rest]: Fields): Found {
  if (kind === 'absent') return { kind }
  if (kind === 'link') return { kind, target: decode(rest[0]).toString('utf8') }
  if (kind === 'other') return { kind, detail: decode(rest[0]).toString('utf8') }
  const [sha256 = '', , mode = '', uid, gid, owner = '', group = '', modified = '', , spki] = rest
  if (
    kind !== 'file' ||
    !/^[0-9a-f]{64}$/.test(sha256) ||
    !/^[0-7]{1,4}$/.test(mode) ||
    !/^-?\d{1,15}\.\d{1,9}$/.test(modified)
  )
    throw new HostError('it describes a file in a way that cannot be understood', true)
  const half =
    spki === undefined || spki === '-' ? undefined : createHash('sha256').update(decode(spki)).digest('hex')
  const who = { uid: readNumber(uid), gid: readNumber(gid), owner, group }
  return {
    kind,
    sha256,
    mode: Number.parseInt(mode, 8),
    ...who,
    modified,
    ...(half === undefined ? {} : { spkiSha256: half }),
  }
}

function readNumber(field: string | undefined): number {
  if (field !== undefined && /^\d{1,10}$/.test(field)) return Number(field)
  throw new HostError('it names a user in a way that cannot be understood', true)
}
