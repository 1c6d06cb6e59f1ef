import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import type { CertificateFact, FileStat, PrivateKeyFact } from '../../model/actual.ts'
import type { TextFact } from '../../model/host.ts'
import { parsePrivateKey } from '../../x509/keys.ts'
import { parseCertificates } from '../../x509/parse.ts'
import { type Opened, readManaged, type Ways } from './open.ts'
import type { OwnerNames } from './owners.ts'

/** What files are read and described with, looked up once for many. */
export interface Looks {
  readonly ways: Ways
  readonly names: OwnerNames
  /** Files with an access control list, by their paths of the host. */
  readonly guarded: ReadonlySet<string>
}

export async function readCertificateFact(path: string, looks: Looks): Promise<CertificateFact> {
  const found = await readManaged(looks.ways, path)
  if (found.kind !== 'file') return found
  const stat = describeStat(path, found, looks)
  const sha256 = createHash('sha256').update(found.bytes).digest('hex')
  const parsed = parseCertificates(found.bytes)
  return parsed.kind === 'certificates'
    ? { kind: 'certificate', stat, certificates: parsed.certificates, sha256 }
    : { kind: 'not-a-certificate', stat, sha256, detail: parsed.detail }
}

/** Only the public half leaves this function. */
export async function readPrivateKeyFact(
  { path, passphrase }: { readonly path: string; readonly passphrase?: string },
  looks: Looks,
): Promise<PrivateKeyFact> {
  const found = await readManaged(looks.ways, path)
  if (found.kind !== 'file') return found
  const parsed = parsePrivateKey(found.bytes, passphrase)
  if (parsed.kind !== 'private-key') return parsed
  const { publicKey, encrypted } = parsed
  return { kind: 'private-key', stat: describeStat(path, found, looks), publicKey, encrypted }
}

function describeStat(path: string, { stat, through }: Opened, { names, guarded }: Looks): FileStat {
  return {
    mode: Number(stat.mode) & 0o7777,
    owner: names.user(Number(stat.uid)),
    group: names.group(Number(stat.gid)),
    size: Number(stat.size),
    modifiedMs: Number(stat.mtimeNs / 1000n) / 1000,
    links: Number(stat.nlink),
    accessList: guarded.has(path),
    ...(through === undefined ? {} : { through }),
  }
}

export async function readTextFact(path: string, { ways }: Looks): Promise<TextFact | undefined> {
  const found = await readManaged(ways, path)
  if (found.kind === 'absent') return undefined
  if (found.kind === 'unreadable') return { kind: 'unreadable', detail: `${path} ${found.detail}` }
  return {
    kind: 'text',
    text: found.bytes.toString('utf8'),
    modifiedMs: Number(found.stat.mtimeNs / 1000n) / 1000,
  }
}

/** Folders above the paths that do not exist, shallowest first, as paths of the host. */
export async function findMissingFolders(paths: readonly string[], { ways }: Looks): Promise<string[]> {
  const missing = new Set<string>()
  for (const folder of new Set(paths.map(dirname))) {
    const way = await ways.to(folder)
    if (way.kind === 'refused') continue
    let each = folder
    for (const _ of way.missing) {
      missing.add(each)
      each = dirname(each)
    }
  }
  return [...missing].sort()
}
